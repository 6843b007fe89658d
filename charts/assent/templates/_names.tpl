{{/* What several templates say the same way. Names of accounts and parts are fixed: the kinds are cluster-wide, so there is one Assent. */}}

{{- define "assent.selector" -}}
app.kubernetes.io/name: assent
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "assent.labels" -}}
app.kubernetes.io/part-of: assent
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "assent.crdAnnotations" -}}
{{- if .Values.crds.keep }}helm.sh/resource-policy: keep{{ end }}
{{- end }}

{{- define "assent.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "assent.imagePullSecrets" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* No privilege, no write to the image, no account but its own. */}}
{{- define "assent.podSecurity" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "assent.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{- define "assent.affinity" -}}
{{- if .values.affinity }}
affinity:
  {{- toYaml .values.affinity | nindent 2 }}
{{- else }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "assent.selector" . | nindent 8 }}
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "assent.selector" . | nindent 8 }}
{{- end }}
{{- end }}

{{/* Where pods may run, for one part. */}}
{{- define "assent.placement" -}}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- include "assent.affinity" . }}
{{- end }}

{{/* Variables that both parts need. */}}
{{- define "assent.env" -}}
- name: ASSENT_NAMESPACE
  valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
- name: ASSENT_LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
- name: ASSENT_CLUSTER_NAME
  value: {{ .Values.clusterName | quote }}
{{- end }}

{{- define "assent.probes" -}}
startupProbe:
  httpGet: { path: /healthz, port: health }
  periodSeconds: 2
  failureThreshold: 30
livenessProbe:
  httpGet: { path: /healthz, port: health }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /readyz, port: health }
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 2
{{- end }}
