package suggest

import "testing"

func TestSimilar(t *testing.T) {
	known := []string{"api", "api_key_file", "base_url", "client_secret_file", "collectors", "region", "sub_tenant_header", "tenant_id"}
	for word, want := range map[string]string{
		"api_keyfile": "api_key_file", "apikey": "api_key_file", "API_KEY_FILE": "api_key_file", "secret_file": "client_secret_file",
		"colectors": "collectors", "collector": "collectors", "regoin": "region", "tenantid": "tenant_id", "tenant": "tenant_id", "url": "", "colour": "", "": "", "x": "",
	} {
		if got := Similar(word, known); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}
