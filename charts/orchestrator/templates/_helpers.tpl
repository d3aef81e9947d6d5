{{- define "orchestrator.name" -}}
{{- .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- end -}}

{{- define "orchestrator.labels" -}}
app.kubernetes.io/name: probes-orchestrator
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "orchestrator.selector" -}}
app.kubernetes.io/name: probes-orchestrator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "orchestrator.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- define "orchestrator.account" -}}
{{- default (ternary (include "orchestrator.name" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "orchestrator.check" -}}
{{- if and (not .Values.grpc.tls.existingSecret) (not .Values.grpc.allowPlaintext) -}}
{{- fail "grpc.tls.existingSecret is required: agents come from outside. Set grpc.allowPlaintext=true only where something in front ends TLS" -}}
{{- end -}}
{{- if and (not .Values.http.tls.existingSecret) (not .Values.http.allowPlaintext) -}}
{{- fail "http.tls.existingSecret is required while http.allowPlaintext is false" -}}
{{- end -}}
{{- if and (eq .Values.grpc.clientCertificates "require") (not .Values.grpc.tls.existingSecret) -}}
{{- fail "grpc.clientCertificates=require needs grpc.tls.existingSecret: TLS must end in the orchestrator" -}}
{{- end -}}
{{- if and (gt (int .Values.replicas) 1) (or (not .Values.store.existingSecret) (not .Values.bus.existingSecret) (not .Values.keys.existingSecret)) -}}
{{- fail "more than one replica needs store.existingSecret, bus.existingSecret and keys.existingSecret" -}}
{{- end -}}
{{- if and (gt (int .Values.replicas) 1) .Values.persistence.enabled (not (has "ReadWriteMany" .Values.persistence.accessModes)) -}}
{{- fail "more than one replica needs persistence.accessModes=[ReadWriteMany], or persistence.enabled=false" -}}
{{- end -}}
{{- end -}}
