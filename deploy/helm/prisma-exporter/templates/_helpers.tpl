{{- define "prisma-exporter.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "prisma-exporter.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "prisma-exporter.selectorLabels" -}}
app.kubernetes.io/name: {{ include "prisma-exporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "prisma-exporter.labels" -}}
{{ include "prisma-exporter.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: prisma-exporter
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "prisma-exporter.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "prisma-exporter.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "prisma-exporter.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end }}
{{- end }}

{{/* Where the configuration comes from: demo, tenant, config or existing. */}}
{{- define "prisma-exporter.source" -}}
{{- $sources := list }}
{{- if .Values.demo }}{{ $sources = append $sources "demo" }}{{ end }}
{{- if .Values.tenant.id }}{{ $sources = append $sources "tenant" }}{{ end }}
{{- if .Values.config }}{{ $sources = append $sources "config" }}{{ end }}
{{- if .Values.existingConfigMap.name }}{{ $sources = append $sources "existing" }}{{ end }}
{{- if ne (len $sources) 1 }}
{{- fail (printf "Set exactly one of tenant.id, config, existingConfigMap.name and demo, which configure what the exporter watches. Currently set: %s" (join ", " $sources | default "none")) }}
{{- end }}
{{- first $sources }}
{{- end }}

{{/* Where the secrets come from: existing, external, csi, or none in the demo. */}}
{{- define "prisma-exporter.secrets" -}}
{{- $sources := list }}
{{- with .Values.credentials }}
{{- if .existingSecret }}{{ $sources = append $sources "existing" }}{{ end }}
{{- if .externalSecret.enabled }}{{ $sources = append $sources "external" }}{{ end }}
{{- if .csi.secretProviderClass }}{{ $sources = append $sources "csi" }}{{ end }}
{{- end }}
{{- if and .Values.demo (not $sources) }}none{{ else }}
{{- if ne (len $sources) 1 }}
{{- fail (printf "Set exactly one of credentials.existingSecret, credentials.externalSecret.enabled and credentials.csi.secretProviderClass, which provide the API keys. Currently set: %s" (join ", " $sources | default "none")) }}
{{- end }}
{{- first $sources }}
{{- end }}
{{- end }}

{{- define "prisma-exporter.secretName" -}}
{{- default (printf "%s-credentials" (include "prisma-exporter.fullname" .)) .Values.credentials.existingSecret }}
{{- end }}

{{- define "prisma-exporter.tenantArgs" -}}
{{- with .Values.tenant }}
{{- if not (or .region .baseUrl) }}{{ fail "Set tenant.region to the region of the tenant (us, eu, uk, sg, ca, jp, au, de or in), or tenant.baseUrl" }}{{ end }}
- --prisma.tenant-id={{ .id }}
{{- if .name }}
- --prisma.tenant-name={{ .name }}
{{- end }}
{{- if ne .api "v1" }}
- --prisma.api={{ .api }}
{{- end }}
{{- if .region }}
- --prisma.region={{ .region }}
{{- end }}
{{- if .baseUrl }}
- --prisma.base-url={{ .baseUrl }}
{{- end }}
{{- if eq .api "v1" }}
- --prisma.api-key-file=/etc/prisma_exporter/secrets/{{ .apiKey }}
{{- if .apiKeyIssued }}
- --prisma.api-key-issued={{ .apiKeyIssued }}
{{- end }}
{{- else }}
- --prisma.client-id={{ required "Set tenant.clientId to the client ID of the service account: v2 and v3 have no API keys" .clientId }}
- --prisma.client-secret-file=/etc/prisma_exporter/secrets/{{ .clientSecretKey }}
{{- end }}
{{- range .subTenants }}
- --prisma.sub-tenant={{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* The endpoint of a ServiceMonitor or PodMonitor. */}}
{{- define "prisma-exporter.endpoint" -}}
{{- $web := .root.Values.web }}
{{- with .monitor -}}
port: http
path: /metrics
scheme: {{ $web.scheme }}
honorLabels: true
interval: {{ .interval }}
scrapeTimeout: {{ .scrapeTimeout }}
{{- with .tlsConfig }}
tlsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .basicAuth }}
basicAuth:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* The flags of a look by --config.check: those that say what to watch. */}}
{{- define "prisma-exporter.checkArgs" -}}
{{- $source := include "prisma-exporter.source" . }}
{{- if eq $source "tenant" }}
{{- include "prisma-exporter.tenantArgs" . }}
{{- else }}
- --config.file=/etc/prisma_exporter/config/{{ ternary "tenants.yml" .Values.existingConfigMap.key (eq $source "config") }}
{{- end }}
{{- end }}
