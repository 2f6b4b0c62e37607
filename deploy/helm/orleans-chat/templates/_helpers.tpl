{{- define "chat.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 48 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 48 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "chat.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "chat.labels" -}}
{{ include "chat.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "chat.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "chat.name" .) }}
{{- end }}

{{/* image: (dict "root" $ "image" .Values.silo.image) */}}
{{- define "chat.image" -}}
{{- with .root.Values.image.registry }}{{ . }}/{{ end }}{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{/* Sections of options as environment variables, to any depth. (dict "prefix" "" "values" map) */}}
{{- define "chat.options" -}}
{{- $prefix := .prefix }}
{{- range $name, $value := .values }}
{{- if kindIs "map" $value }}
{{- include "chat.options" (dict "prefix" (printf "%s%s__" $prefix $name) "values" $value) }}
{{- else if kindIs "slice" $value }}
{{- range $i, $item := $value }}
{{ printf "%s%s__%d" $prefix $name $i }}: {{ $item | toString | quote }}
{{- end }}
{{- else if kindIs "float64" $value }}
{{ printf "%s%s" $prefix $name }}: {{ if eq $value (floor $value) }}{{ $value | int64 | toString | quote }}{{ else }}{{ $value | toString | quote }}{{ end }}
{{- else }}
{{ printf "%s%s" $prefix $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- define "chat.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1654
runAsGroup: 1654
fsGroup: 1654
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "chat.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* All secrets of a component as one volume. (dict "root" $ "component" "silo") */}}
{{- define "chat.secrets" -}}
{{- $values := .root.Values }}
{{- $tls := $values.tls }}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- if eq .component "silo" }}
      - secret: { name: {{ $values.postgres.existingSecret }}, items: [{ key: {{ $values.postgres.key }}, path: settings/ConnectionStrings__Postgres }] }
      {{- with $tls.postgres.existingSecret }}
      - secret: { name: {{ . }}, items: [{ key: {{ $tls.postgres.authority }}, path: postgres/ca.crt }] }
      {{- end }}
      {{- with $values.auth.signingKeySecret }}
      - secret: { name: {{ . }}, items: [{ key: {{ $values.auth.signingKeyFile }}, path: signing-key.pem }] }
      {{- end }}
      {{- end }}
      - secret: { name: {{ $values.redis.existingSecret }}, items: [{ key: {{ $values.redis.key }}, path: settings/ConnectionStrings__Redis }] }
      {{- with $tls.redis.existingSecret }}
      - secret:
          name: {{ . }}
          items:
            - { key: {{ $tls.redis.authority }}, path: redis/ca.crt }
            {{- if $tls.redis.certificate }}
            - { key: {{ $tls.redis.certificate }}, path: redis/tls.crt }
            - { key: {{ required "tls.redis.key is needed with tls.redis.certificate" $tls.redis.key }}, path: redis/tls.key }
            {{- end }}
      {{- end }}
      {{- with $tls.cluster.existingSecret }}
      - secret:
          name: {{ . }}
          items:
            - { key: {{ $tls.cluster.certificate }}, path: cluster/tls.crt }
            - { key: {{ $tls.cluster.key }}, path: cluster/tls.key }
            - { key: {{ $tls.cluster.authority }}, path: cluster/ca.crt }
      {{- end }}
      {{- if and (eq .component "gateway") $tls.gateway.existingSecret }}
      - secret:
          name: {{ $tls.gateway.existingSecret }}
          items:
            - { key: {{ $tls.gateway.certificate }}, path: https/tls.crt }
            - { key: {{ $tls.gateway.key }}, path: https/tls.key }
      {{- end }}
{{- end }}

{{/* Spread over nodes and zones; a scheduler that cannot still places the pod. (dict "root" $ "component" "silo") */}}
{{- define "chat.spread" -}}
{{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
- maxSkew: 1
  topologyKey: {{ $key }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "chat.selector" $.root | nindent 6 }}
      app.kubernetes.io/component: {{ $.component }}
{{- end }}
{{- end }}

{{/* (dict "root" $ "component" "silo" "affinity" map) */}}
{{- define "chat.affinity" -}}
{{- if .affinity }}
{{- toYaml .affinity }}
{{- else -}}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 100
      podAffinityTerm:
        topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "chat.selector" .root | nindent 12 }}
            app.kubernetes.io/component: {{ .component }}
{{- end }}
{{- end }}

{{/* A start may migrate the schema or wait for silos, so it may take minutes; a process that answers is alive, whatever it lacks. */}}
{{- define "chat.probes" -}}
startupProbe:
  httpGet: { path: /health/live, port: http }
  periodSeconds: 2
  failureThreshold: 90
livenessProbe:
  httpGet: { path: /health/live, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: { path: /health/ready, port: http }
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
{{- end }}
