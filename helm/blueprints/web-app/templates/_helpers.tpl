{{/* A release may start with a digit or hold a dot, a Service name may not. */}}
{{- define "web-app.name" -}}
{{- $name := .Release.Name | replace "." "-" -}}
{{- if regexMatch "^[a-z]" $name -}}{{ $name }}{{- else -}}app-{{ $name }}{{- end -}}
{{- end -}}

{{- define "web-app.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* Only what stays the same from one version of the chart to the next, or every upgrade would roll the pods. */}}
{{- define "web-app.podLabels" -}}
{{ include "web-app.selector" . }}
{{- with (.Values.tenantry | default dict).instanceId }}
tenantry.io/instance: {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "web-app.labels" -}}
{{ include "web-app.podLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") | quote }}
{{- end -}}

{{/* The whole environment as one map, in the order of its keys: the ConfigMap and its checksum must not differ. */}}
{{- define "web-app.env" -}}
{{- $own := dict "PORT" (.Values.port | int | toString) -}}
{{- with .Values.tenantry -}}
{{- with .instanceId }}{{- $_ := set $own "TENANTRY_INSTANCE" . }}{{- end -}}
{{- with .tenant }}{{- $_ := set $own "TENANTRY_TENANT" . }}{{- end -}}
{{- with .plan }}{{- $_ := set $own "TENANTRY_PLAN" . }}{{- end -}}
{{- end -}}
{{- range $key, $value := mergeOverwrite (dict) (.Values.env | default dict) $own }}
{{ $key | quote }}: {{ $value | quote }}
{{- end -}}
{{- end -}}
