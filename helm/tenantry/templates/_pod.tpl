{{/* The pod of a replica, the same in either kind of workload. A StatefulSet adds the volume called data itself, from its claims. */}}
{{- define "tenantry.pod" -}}
metadata:
  labels:
    {{- include "tenantry.selector" . | nindent 4 }}
  {{- with .Values.podAnnotations }}
  annotations: {{ include "tenantry.data" . }}
  {{- end }}
spec:
  serviceAccountName: {{ include "tenantry.serviceAccount" . | quote }}
  automountServiceAccountToken: true
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds | int }}
  {{- with .Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . | quote }}
    {{- end }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  securityContext:
    {{- include "tenantry.podSecurity" . | nindent 4 }}
  containers:
    - name: tenantry
      image: {{ include "tenantry.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy | quote }}
      ports:
        - name: http
          containerPort: 3000
          protocol: TCP
      env:
        {{- include "tenantry.env" . | nindent 8 }}
      # A pod that has never reached its database replaces none that has. From then on the database may go away: events are taken to the spool.
      startupProbe:
        httpGet:
          path: /readyz
          port: http
        periodSeconds: 2
        timeoutSeconds: 5
        failureThreshold: 60
      livenessProbe:
        httpGet:
          path: /livez
          port: http
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet:
          path: /livez
          port: http
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 3
      {{- with .Values.resources }}
      resources: {{ include "tenantry.data" . }}
      {{- end }}
      securityContext:
        {{- include "tenantry.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - name: data
          mountPath: /var/lib/tenantry
        - name: tmp
          mountPath: /tmp
        {{- range .Values.extraVolumeMounts }}
        - {{ include "tenantry.data" . }}
        {{- end }}
  volumes:
    {{- if not .Values.persistence.enabled }}
    - name: data
      emptyDir:
        sizeLimit: {{ .Values.dataDirectory.sizeLimit | quote }}
    {{- end }}
    - name: tmp
      emptyDir:
        sizeLimit: 512Mi
    {{- range .Values.extraVolumes }}
    - {{ include "tenantry.data" . }}
    {{- end }}
  {{- if gt (.Values.replicas | int) 1 }}
  topologySpreadConstraints:
    {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "tenantry.selector" $ | nindent 10 }}
    {{- end }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector: {{ include "tenantry.data" . }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity: {{ include "tenantry.data" . }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations: {{ include "tenantry.data" . }}
  {{- end }}
{{- end -}}
