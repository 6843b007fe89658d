//go:build tools

// Package tools pins the module of kind.
package tools

import _ "sigs.k8s.io/kind"
