{{- define "tenantry.env" -}}
- name: HOST
  value: "0.0.0.0"
- name: PORT
  value: "3000"
- name: TENANTRY_CLUSTER
  value: in-cluster
- name: TENANTRY_ROLES
  value: {{ join "," .Values.roles | quote }}
- name: LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
- name: TENANTRY_REPLICA
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: TENANTRY_DRAIN_SECONDS
  value: {{ sub (.Values.terminationGracePeriodSeconds | int) 10 | quote }}
- name: TENANTRY_DATA_DIR
  value: /var/lib/tenantry
- name: SUPABASE_URL
  value: {{ .Values.supabase.url | quote }}
- name: SUPABASE_PUBLISHABLE_KEY
  value: {{ .Values.supabase.publishableKey | quote }}
{{- range list (list "SUPABASE_SECRET_KEY" .Values.secrets.supabase) (list "TENANTRY_ADMIN_KEY" .Values.secrets.adminKey) (list "TENANTRY_ENCRYPTION_KEY" .Values.secrets.encryptionKey) (list "TENANTRY_AUDIT_SIGNING_KEY" .Values.secrets.auditSigningKey) }}
{{- $secret := last . }}
- name: {{ first . }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret.name | quote }}
      key: {{ $secret.key | quote }}
{{- end }}
{{- range .Values.extraEnv }}
- {{ include "tenantry.data" . }}
{{- end }}
{{- end -}}
