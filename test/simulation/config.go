package simulation

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// parents are the TSGs above tenants with a shared account: those that are configured and those that are found.
var parents = map[bool]string{false: "1900000001", true: "1900000002"}

// members are the tenants in the configuration.
type members struct {
	mu   sync.Mutex
	gone map[string]bool
}

func newMembers(Scenario) *members { return &members{gone: map[string]bool{}} }

func (m *members) without(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gone[name] = true
}

func (m *members) with(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.gone, name)
}

func (m *members) has(name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.gone[name]
}

// accountOf is the TSG whose service account a tenant has.
func (w *world) accountOf(t tenant) string {
	if t.Shared {
		return parents[t.found]
	}
	return t.tsg
}

func (w *world) secretFile(t tenant) string {
	if t.API == "v1" {
		return w.file(t.id + ".key")
	}
	return w.file(w.accountOf(t) + ".secret")
}

// secret is the credential of a tenant that works.
func (w *world) secret(t tenant) string {
	if t.API == "v1" {
		return w.insights.Key(t.id)
	}
	return w.insights.Secret(w.accountOf(t))
}

// writeConfig writes the configuration file.
func (w *world) writeConfig() {
	var b strings.Builder
	tenants := 0
	for _, t := range w.scenario.tenants() {
		if t.found || !w.configured.has(t.name) {
			continue
		}
		if tenants++; tenants == 1 {
			b.WriteString("tenants:\n")
		}
		fmt.Fprintf(&b, "  - name: %s\n    api: %s\n    base_url: https://%s\n", t.name, t.API, hosts[t.Host])
		if t.API == "v1" {
			fmt.Fprintf(&b, "    tenant_id: %s\n    api_key_file: %s\n    api_key_issued: 2026-03-01\n", t.id, w.secretFile(t))
		} else {
			fmt.Fprintf(&b, "    tenant_id: %q\n    client_id: exporter@%s.example.com\n    client_secret_file: %s\n    token_url: https://%s/oauth2/access_token\n",
				t.tsg, w.accountOf(t), w.secretFile(t), hostTokens)
		}
		if t.API == "v3" {
			b.WriteString("    region: us\n")
		}
		if len(t.Subs) > 0 {
			fmt.Fprintf(&b, "    sub_tenants: [%s]\n", strings.Join(t.Subs, ", "))
		}
	}
	if w.scenario.Found > 0 {
		tsg := parents[true]
		fmt.Fprintf(&b, `discovery:
  - name: discovery
    tsg_id: %q
    client_id: exporter@%s.example.com
    client_secret_file: %s
    token_url: https://%s/oauth2/access_token
    base_url: https://%s
    refresh_interval: 1m
    max_tenants: 100
    template: {name: "{{.DisplayName}}", region: us, base_url: "https://%s"}
`, tsg, tsg, w.file(tsg+".secret"), hostTokens, hostTenancy, hostB)
		if w.scenario.Provider {
			b.WriteString("    provider: {}\n")
		}
	}
	for i, name := range w.scenario.companies() {
		if i == 0 {
			b.WriteString("capacity:\n")
		}
		fmt.Fprintf(&b, "  - name: %s\n    token_file: %s\n    base_url: https://%s\n", name, w.file(name+".token"), hostCapacity)
	}
	if w.broken.Load() {
		b.WriteString("tenant: [\n")
	}
	w.write(w.file("tenants.yml"), b.String())
}

// addSecrets makes known to the checker which secrets there are now.
func (w *world) addSecrets() {
	for _, t := range w.scenario.tenants() {
		w.checker.secret(w.insights.Key(t.id))
		w.checker.secret(w.secret(t))
	}
	for _, name := range w.scenario.companies() {
		token := w.platform.Token(name)
		w.checker.secret(token)
		if parts := strings.Split(token, "."); len(parts) == 3 {
			w.checker.secret(parts[2])
		}
	}
}

// args is the command line of the exporter.
func (s Scenario) args(file string) []string {
	args := []string{"--config.file=" + file, "--web.disable-exporter-metrics"}
	if s.Probe {
		args = append(args, "--web.probe-only")
	}
	if s.Budget > 0 {
		args = append(args, fmt.Sprintf("--api.requests-per-minute=%d", s.Budget))
	}
	for name := range resources {
		if len(s.Collectors) > 0 && !slices.Contains(s.Collectors, name) {
			args = append(args, "--no-collector."+name)
		}
	}
	return args
}
