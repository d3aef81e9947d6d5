{{- define "orchestrator.env" -}}
- {name: DOTNET_EnableDiagnostics, value: "0"}
- {name: PROBES_DATA, value: /data}
- {name: PROBES__EMBEDDED__ENABLED, value: "false"}
- {name: PROBES__HTTP__URL, value: {{ printf "%s://*:%d" (ternary "https" "http" (ne .Values.http.tls.existingSecret "")) (int .Values.http.port) | quote }}}
- {name: PROBES__GRPC__URL, value: {{ printf "%s://*:%d" (ternary "https" "http" (ne .Values.grpc.tls.existingSecret "")) (int .Values.grpc.port) | quote }}}
{{- if .Values.http.tls.existingSecret }}
- {name: PROBES__HTTP__CERTIFICATEFILE, value: /etc/probes/http-tls/tls.crt}
- {name: PROBES__HTTP__KEYFILE, value: /etc/probes/http-tls/tls.key}
{{- else }}
- {name: PROBES__HTTP__ALLOWPLAINTEXT, value: "true"}
{{- end }}
{{- if .Values.grpc.tls.existingSecret }}
- {name: PROBES__GRPC__CERTIFICATEFILE, value: /etc/probes/grpc-tls/tls.crt}
- {name: PROBES__GRPC__KEYFILE, value: /etc/probes/grpc-tls/tls.key}
- {name: PROBES__GRPC__CLIENTCERTIFICATES, value: {{ .Values.grpc.clientCertificates }}}
{{- else }}
- {name: PROBES__GRPC__ALLOWPLAINTEXT, value: "true"}
{{- end }}
{{- with .Values.grpc.publicUrl }}
- {name: PROBES__ENROLMENT__PUBLICURL, value: {{ . | quote }}}
{{- end }}
{{- with .Values.trustedProxies }}
- {name: PROBES__HTTP__TRUSTEDPROXIES, value: {{ . | quote }}}
{{- end }}
{{- with .Values.store.existingSecret }}
- name: PROBES__STORE__CONNECTIONSTRING
  valueFrom: {secretKeyRef: {name: {{ . }}, key: {{ $.Values.store.key }}}}
{{- end }}
{{- with .Values.bus.existingSecret }}
- name: PROBES__BUS__CONNECTIONSTRING
  valueFrom: {secretKeyRef: {name: {{ . }}, key: {{ $.Values.bus.key }}}}
{{- if $.Values.bus.agentKey }}
- name: PROBES__BUS__AGENTCONNECTIONSTRING
  valueFrom: {secretKeyRef: {name: {{ . }}, key: {{ $.Values.bus.agentKey }}}}
{{- end }}
{{- end }}
{{- if .Values.keys.existingSecret }}
- {name: PROBES__KEYS__MASTERFILE, value: /etc/probes/keys/{{ .Values.keys.key }}}
{{- end }}
{{- range $key, $value := .Values.settings }}
- {name: {{ printf "PROBES__%s" ($key | upper | replace ":" "__") | quote }}, value: {{ $value | quote }}}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
