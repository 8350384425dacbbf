{{- define "tenantry.env" -}}
- name: HOST
  value: "0.0.0.0"
- name: PORT
  value: "3000"
- name: TENANTRY_CLUSTER
  value: in-cluster
- name: TENANTRY_ROLES
  value: {{ join "," .Values.roles | quote }}
- name: TENANTRY_LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
- name: TENANTRY_DATA_DIR
  value: /var/lib/tenantry
- name: SUPABASE_URL
  value: {{ .Values.supabase.url | quote }}
{{- with .Values.supabase.publishableKey }}
- name: SUPABASE_PUBLISHABLE_KEY
  value: {{ . | quote }}
{{- end }}
{{- range list (list "SUPABASE_SECRET_KEY" .Values.secrets.supabase) (list "TENANTRY_ADMIN_KEY" .Values.secrets.adminKey) (list "TENANTRY_ENCRYPTION_KEY" .Values.secrets.encryptionKey) }}
{{- $secret := last . }}
- name: {{ first . }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret.name | quote }}
      key: {{ $secret.key | quote }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
