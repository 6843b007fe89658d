# Every target calls an npm script; `make` alone lists them. Dependencies are installed when package-lock.json is newer than the
# last install of make. npm ci empties the folder, so that one by hand without development tools counts for nothing here.
.DEFAULT_GOAL := help
.PHONY: help demo test bench fuzz check generate fmt cluster kind controlplane clean access e2e faults kills model races slack sweep

INSTALLED := node_modules/.installed-by-make
RUN := @npm run --silent

$(INSTALLED): package-lock.json
	@npm ci --include=dev --no-fund --no-audit --loglevel=error
	@touch $@

help:
	@echo 'Try it'
	@echo '  make demo           play the whole story on a real API server (STAY=1 leaves it running)'
	@echo 'Work on it (model, sweep, races, kills, access, slack, fuzz, bench: ARGS=--help explains them)'
	@echo '  make test           all tests and the audit oracle; ARGS=path runs some of them'
	@echo '  make check          types, lint, format, dead code, generated files'
	@echo '  make generate       CRDs, roles and reference pages from src/api'
	@echo '  make fmt            format every file'
	@echo '  make bench          measure, and write bench/latest.json'
	@echo '  make fuzz           search for inputs that break a property; SECONDS=60, ARGS=--target=json'
	@echo '  make access         every ask for access, and kills at every write between an ask and its end; ARGS=--only=leader'
	@echo '  make kills          kill -9 before and after every API write of gate and controller; ARGS=--only=leases'
	@echo '  make model          explore everything that can happen to an approval; ARGS="update token"'
	@echo '  make races          10,000 races for one approval under faults; ARGS=--count=200 is a sample'
	@echo '  make slack          200 requests and 1,000 racing clicks against a fake Slack; ARGS="--requests=40 --clicks=150"'
	@echo '  make sweep          every resource x verb x way to send it; ARGS=--only=deployments.apps'
	@echo '  make e2e            chart and image on the cluster of make cluster: install, story, upgrade under load, uninstall'
	@echo '  make faults         break one thing after the other on that cluster, and measure what is felt of it'
	@echo 'Housekeeping'
	@echo '  make cluster        start a whole Kubernetes with a node, without a container engine; ARGS=image puts our image there, ARGS=down removes it'
	@echo '  make kind           the same in Docker, with the image of Assent in it; ARGS=down removes it'
	@echo '  make controlplane   find or build etcd, kube-apiserver, kube-controller-manager, kubectl'
	@echo '  make clean          remove build output and run folders (the cache of programs stays)'

demo: $(INSTALLED)
	$(RUN) demo -- $(ARGS)

test: $(INSTALLED)
	$(RUN) test -- $(ARGS)

access: $(INSTALLED)
	$(RUN) access -- $(ARGS)

e2e: $(INSTALLED)
	$(RUN) e2e -- $(ARGS)

faults: $(INSTALLED)
	$(RUN) faults -- $(ARGS)

kills: $(INSTALLED)
	$(RUN) kills -- $(ARGS)

model: $(INSTALLED)
	$(RUN) model -- $(ARGS)

races: $(INSTALLED)
	$(RUN) races -- $(ARGS)

slack: $(INSTALLED)
	$(RUN) slack -- $(ARGS)

sweep: $(INSTALLED)
	$(RUN) sweep -- $(ARGS)

bench: $(INSTALLED)
	$(RUN) bench -- $(ARGS)

fuzz: $(INSTALLED)
	$(RUN) fuzz -- $(if $(SECONDS),--seconds=$(SECONDS)) $(ARGS)

check: $(INSTALLED)
	$(RUN) check

generate: $(INSTALLED)
	$(RUN) generate

fmt: $(INSTALLED)
	$(RUN) format

kind: $(INSTALLED)
	$(RUN) kind -- $(ARGS)

cluster: $(INSTALLED)
	$(RUN) cluster -- $(ARGS)

controlplane: $(INSTALLED)
	$(RUN) controlplane

clean: $(INSTALLED)
	$(RUN) clean
