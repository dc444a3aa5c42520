package capture

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// network answers each request with one body.
type network string

func (n network) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}, "Set-Cookie": {"session=warehouse"}},
		Body: io.NopCloser(strings.NewReader(string(n))), Request: req,
	}, nil
}

// captured is the file that a request with an answer leaves, and its answer.
func captured(t *testing.T, kind, path, answer string) (file string, e exchange) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "new")
	r, err := New(folder)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.corp.example"+path, strings.NewReader(`{"count":5}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer s3cr3t-t0ken-of-acme")
	req.Header.Set("Prisma-Tenant", "1101000003:1300000001")
	resp, err := r.Record(kind, network(answer)).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if whole, err := io.ReadAll(resp.Body); err != nil || string(whole) != answer {
		t.Errorf("who asked got %q, %v", whole, err)
	}
	if n, err := r.Close(); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	return filepath.Base(files[0]) + "\n" + string(b), e
}

// TestSecretsOfRequests are in no header of an answer and in no code.
func TestSecretsOfRequests(t *testing.T) {
	r, err := New(filepath.Join(t.TempDir(), "new"))
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.example/oauth2", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("client", "s3cr3t-of-the-client")
	transport := r.Record("tenant", roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: http.StatusBadRequest, Header: http.Header{"Content-Type": {"s3cr3t-of-the-client"}, "Content-Encoding": {"s3cr3t-of"}},
			Body: io.NopCloser(strings.NewReader(`{"errorCode":"s3cr3t-of-the-client"}`)),
		}, nil
	}))
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	files, err := filepath.Glob(filepath.Join(r.folder, "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if b, err := os.ReadFile(files[0]); err != nil || strings.Contains(string(b), "s3cr3t") {
		t.Errorf("%v\n%s", err, b)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// TestWhatIsReplaced: names and IDs, the same by the same wherever they stand,
// and what says how the API answers stays.
func TestWhatIsReplaced(t *testing.T) {
	const answer = `{"header":{"createdAt":"2026-03-04T10:20:30Z","requestId":"0c1d2e3f"},"data":[
{"site_name":"warehouse-Paris-08","site_state_name":"Down","severity":"Critical","tenant_id":1101000003,"severity_id":4,"mbps":12.5,
 "message":"Site \"warehouse-Paris-08\" is down at 10.1.2.3, 2001:db8::5 and 10.1.2.3","users":["anna.smith@corp.example","anna.smith@corp.example"],
 "token":"abc","code":"AL_RN_SITE_DOWN s3cr3t-t0ken-of-acme","related":"{\"site\":\"warehouse-Paris-08\"}","raised_time":1795303486000,"none":null,"nested":{"severity":"Low"},"hosts":["warehouse-b"]}]}`
	file, e := captured(t, "tenant", "/api/sase/v1.0/resource/tenant/acme/query/rn_list", answer)
	for _, theirs := range []string{"arehouse", "aris", "1101000003", "1300000001", "10.1.2.3", "2001:db8", "anna", "smith", "corp", "acme", "s3cr3t", "abc", "0c1d2e3f"} {
		if strings.Contains(strings.ToLower(file), theirs) {
			t.Errorf("%q is in %s", theirs, file)
		}
	}
	if !strings.HasPrefix(file, "0001-rn_list.json\n") {
		t.Errorf("the file is called %s", file[:20])
	}
	var got struct {
		Header struct{ CreatedAt string }
		Data   []struct {
			Site     string `json:"site_name"`
			State    string `json:"site_state_name"`
			Severity string
			ID       int     `json:"severity_id"`
			Mbps     float64 `json:"mbps"`
			Message  string
			Users    []string
			Related  string
			Raised   int64 `json:"raised_time"`
		}
	}
	if err := json.Unmarshal(e.Answer, &got); err != nil {
		t.Fatal(err)
	}
	row := got.Data[0]
	if got.Header.CreatedAt != "2026-03-04T10:20:30Z" || row.State != "Down" || row.Severity != "Critical" || row.ID != 4 || row.Mbps != 12.5 || row.Raised != 1795303486000 {
		t.Errorf("what was to stay is %+v", got)
	}
	if len(row.Site) != len("warehouse-Paris-08") || row.Message != `Site "`+row.Site+`" is down at 198.18.0.1, 198.18.0.2 and 198.18.0.1` ||
		row.Users[0] != row.Users[1] || row.Related != `{"site":"`+row.Site+`"}` {
		t.Errorf("one name has become several: %+v", row)
	}
}

// TestAnswersThatAreNoJSON and errors are captured as well.
func TestAnswersThatAreNoJSON(t *testing.T) {
	_, e := captured(t, "tenant", "/x/query/rn_list", "<html>warehouse is down\xff</html>")
	var text string
	if err := json.Unmarshal(e.Answer, &text); err != nil || strings.Contains(text, "warehouse") || !strings.Contains(text, "is down") {
		t.Errorf("got %q, %v", text, err)
	}
	_, e = captured(t, "tenant", "/x/query/rn_list", `{"errorCode":"REST10005","message":"RBAC - Query Permission Denied for 1101000003"}`)
	if !strings.Contains(string(e.Answer), "REST10005") || !strings.Contains(string(e.Answer), "RBAC - Query Permission Denied for ") || strings.Contains(string(e.Answer), "1101000003") {
		t.Errorf("got %s", e.Answer)
	}
}

// FuzzJSON: what is captured is JSON as the answer was, without the words of
// its texts.
func FuzzJSON(f *testing.F) {
	f.Add(`{"data":[{"site_name":"warehouse"}]}`)
	f.Add(`["warehouse",{"a":{"state":"x"},"b":["warehouse","{\"c\":\"warehouse\"}"]},1e400,-0]`)
	f.Add(`{"id":123456789,"id":"warehouse","":null}`)
	f.Fuzz(func(t *testing.T, body string) {
		p := newPseudonyms()
		got := p.answer([]byte(body), len(body)%2 == 0)
		if !json.Valid(got) {
			t.Errorf("%q became %q", body, got)
		}
	})
}
