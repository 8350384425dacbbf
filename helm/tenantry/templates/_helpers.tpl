{{/* Any value as data on one line. toYaml gives up on control characters, and its block style lets some separators break a line. */}}
{{- define "tenantry.data" -}}
{{- $parts := list -}}
{{- if kindIs "map" . -}}
{{- range $key, $value := . }}{{ $parts = append $parts (printf "%s: %s" (quote $key) (include "tenantry.data" $value)) }}{{ end -}}
{{- printf "{ %s }" (join ", " $parts) -}}
{{- else if kindIs "slice" . -}}
{{- range . }}{{ $parts = append $parts (include "tenantry.data" .) }}{{ end -}}
{{- printf "[%s]" (join ", " $parts) -}}
{{- else if kindIs "string" . -}}
{{ . | quote }}
{{- else -}}
{{ toJson . }}
{{- end -}}
{{- end -}}

{{- define "tenantry.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | replace "." "-" | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Chart.Name .Release.Name | replace "." "-" | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The label with a pod's revision is this name and eleven characters, and may have 63. */}}
{{- define "tenantry.statefulSet" -}}
{{- include "tenantry.name" . | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* Cluster-wide objects carry the namespace in their name, so that two installations do not take each other's rights. */}}
{{- define "tenantry.clusterName" -}}
{{- printf "%s:%s" .Release.Namespace (include "tenantry.name" .) -}}
{{- end -}}

{{- define "tenantry.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (ternary (include "tenantry.name" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{- define "tenantry.names" -}}
app.kubernetes.io/name: {{ .Chart.Name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* The component keeps the pod of `helm test` out of the Service and the budget. */}}
{{- define "tenantry.selector" -}}
{{ include "tenantry.names" . }}
app.kubernetes.io/component: server
{{- end -}}

{{- define "tenantry.labels" -}}
{{ include "tenantry.names" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") | quote }}
{{- end -}}

{{- define "tenantry.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{- define "tenantry.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end -}}

{{- define "tenantry.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* One message with all that is missing: a setting at a time would be a restart at a time. */}}
{{- define "tenantry.required" -}}
{{- $missing := list -}}
{{- if not .Values.supabase.url -}}
{{- $missing = append $missing "supabase.url: the address of your Supabase project" -}}
{{- end -}}
{{- if not .Values.supabase.publishableKey -}}
{{- $missing = append $missing "supabase.publishableKey: its publishable key, sb_publishable_…" -}}
{{- end -}}
{{- range $member, $what := dict "supabase" "the Supabase secret key" "adminKey" "the first operator key" "encryptionKey" "32 bytes in base64, which encrypt tenants' secrets in the database" "auditSigningKey" "an Ed25519 key in base64, which signs the audit trail" -}}
{{- $secret := index $.Values.secrets $member -}}
{{- if not $secret.name -}}
{{- $missing = append $missing (printf "secrets.%s.name: a Secret in namespace %s whose key %s holds %s" $member $.Release.Namespace $secret.key $what) -}}
{{- end -}}
{{- end -}}
{{- if $missing -}}
{{- fail (printf "\n\nTenantry cannot be installed, these values are missing:\n  - %s\nMake the Secrets first (kubectl create secret generic …); docs/deploying.md shows how.\n" (join "\n  - " $missing)) -}}
{{- end -}}
{{- end -}}

{{/*
Without a class a claim waits for ever, and its pod with it. A cluster is asked only where helm has one, so not by `helm template`; and only before the
claims are made.
*/}}
{{- define "tenantry.storageClassIsThere" -}}
{{- if not .Values.persistence.storageClassName -}}
{{- $classes := lookup "storage.k8s.io/v1" "StorageClass" "" "" -}}
{{- $running := lookup "apps/v1" "StatefulSet" .Release.Namespace (include "tenantry.statefulSet" .) -}}
{{- $found := false -}}
{{- range $class := $classes.items -}}
{{- range $annotation := list "storageclass.kubernetes.io/is-default-class" "storageclass.beta.kubernetes.io/is-default-class" -}}
{{- if eq (dig "metadata" "annotations" $annotation "" $class) "true" -}}{{- $found = true -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $classes (not $running) (not $found) -}}
{{- fail "\n\nTenantry cannot be installed: this cluster has no default StorageClass, and replicas keep accepted usage events on claims of their own.\n  - persistence.storageClassName: names a class of this cluster (kubectl get storageclasses)\n  - persistence.enabled=false: does without; then a pod that is deleted while the database is away takes the events with it that only it has\n" -}}
{{- end -}}
{{- end -}}
{{- end -}}
