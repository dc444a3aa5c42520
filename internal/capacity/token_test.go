package capacity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/auth/authtest"
)

// pollsEvery is how often the tests poll, which is more often than anybody
// scrapes.
const pollsEvery = 10 * time.Second

// TestTokenWrongFromTheStart costs a call for each resource, and then one a
// minute until the file holds another, which is tried at once.
func TestTokenWrongFromTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &fakePlatform{active: companyToken(1)}
		f := newCapacityFixture(t, api, "not-the-token")
		for range 360 { // an hour of polls
			f.rejects(t)
			time.Sleep(pollsEvery)
		}
		calls, refused := api.asked()
		if most := len(companyResources) + 60; refused != calls || refused > most || refused < 50 {
			t.Errorf("%d calls, %d refused in an hour, want %d at most", calls, refused, most)
		}
		f.write(t, companyToken(1))
		f.works(t)
		if now, _ := api.asked(); now != calls+len(companyResources) {
			t.Errorf("%d calls for the new token", now-calls)
		}
		if n := strings.Count(f.logs.String(), "level=error"); n != 1 || strings.Count(f.logs.String(), "The credential works again") != 1 {
			t.Errorf("the log is\n%s", f.logs)
		}
	})
}

// TestTriesOfARejectedToken: one a minute, whoever asks.
func TestTriesOfARejectedToken(t *testing.T) {
	if testing.Short() {
		t.Skip("asks much with one goroutine")
	}
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var times []time.Time
		api := &fakePlatform{before: func(string) {
			mu.Lock()
			defer mu.Unlock()
			times = append(times, time.Now())
		}}
		f := newCapacityFixture(t, api, "void")
		f.rejects(t)
		times = times[len(times)-1:]
		for range 3600 {
			f.rejects(t)
			time.Sleep(time.Second)
		}
		for i, at := range times[1:] {
			if gap := at.Sub(times[i]); gap < time.Minute || gap > time.Minute+6*time.Second {
				t.Errorf("try %d came after %v, want a minute", i+1, gap)
			}
		}
		if len(times) < 54 {
			t.Errorf("%d tries in an hour", len(times))
		}
	})
}

// TestTheOnlyResourceIsTried: where there is no other to leave the try to.
func TestTheOnlyResourceIsTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &fakePlatform{active: companyToken(1)}
		f := newCapacityFixture(t, api, "void", func(c *config.Company) { c.Resources = map[string]string{"booking": "api/v2/booking"} })
		_, err := f.Count(t.Context(), "booking")
		kind(t, err, insights.ErrCredential)
		api.set(func() { api.active = "void" }) // as if it had been a mistake of the platform
		time.Sleep(time.Minute * 11 / 10)
		if _, err := f.Count(t.Context(), "booking"); err != nil {
			t.Error(err)
		}
	})
}

// TestOneTryForManyAtOnce, even if they come while it is under way.
func TestOneTryForManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &fakePlatform{active: companyToken(2)}
		f := newCapacityFixture(t, api, companyToken(1))
		f.rejects(t)
		api.before = func(string) { time.Sleep(4 * time.Second) }
		time.Sleep(3 * time.Minute)
		before, _ := api.asked()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() { f.rejects(t) })
			time.Sleep(100 * time.Millisecond)
		}
		wg.Wait()
		if calls, _ := api.asked(); calls != before+1 {
			t.Errorf("%d tries of a rejected token", calls-before)
		}
	})
}

// TestATryThatSaysNothing is not followed by another one at once.
func TestATryThatSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &fakePlatform{active: companyToken(2)}
		f := newCapacityFixture(t, api, companyToken(1))
		f.rejects(t)
		api.set(func() {
			api.answer = func(string, string, *http.Request) *http.Response { return authtest.Reply(500, "") }
		})
		before, _ := api.asked()
		for range 11 * 6 { // pauses of two, four and five minutes have room in it
			f.poll()
			time.Sleep(pollsEvery)
		}
		calls, _ := api.asked()
		if tries := (calls - before) / 3; tries != 3 {
			t.Errorf("%d tries in eleven minutes", tries)
		}
		f.says(t, false)
	})
}

// TestTokenRotation replaces the token in every way that people and tools do
// it, with a gap between the new token and the file that has it.
func TestTokenRotation(t *testing.T) {
	for name, write := range authtest.Rotations {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "key")
				write(t, path, companyToken(1))
				api := &fakePlatform{active: companyToken(1)}
				f := newCapacityFixture(t, api, "", func(c *config.Company) { c.TokenFile = path })
				f.works(t)
				for i := 2; i < 12; i++ {
					next := companyToken(i)
					calls, refused := api.asked()
					api.set(func() { api.active = next })
					for range 5 {
						f.rejects(t)
						time.Sleep(pollsEvery)
					}
					if now, n := api.asked(); n-refused > len(companyResources) || now-calls != n-refused {
						t.Errorf("rotation %d: %d calls in the gap, %d refused", i, now-calls, n-refused)
					}
					write(t, path, next)
					loaded := time.Now()
					f.works(t)
					if readable, at := f.TokenFile(); !readable || !at.Equal(loaded) {
						t.Errorf("rotation %d: loaded at %v, want %v", i, at, loaded)
					}
					if number, created := f.TokenClaims(); number != fmt.Sprint(i) || created.UTC().Day() != i {
						t.Errorf("rotation %d: number %s, created %v", i, number, created)
					}
				}
			})
		})
	}
}

// TestRotationUnderWay: a token that is replaced while requests are out, in
// the file as well, costs no failure and no bad word.
func TestRotationUnderWay(t *testing.T) {
	api := &fakePlatform{active: companyToken(1)}
	f := newCapacityFixture(t, api, companyToken(1))
	f.works(t)
	var all sync.WaitGroup
	all.Add(len(companyResources))
	var once sync.Once
	first := true
	api.before = func(string) {
		if !first {
			return
		}
		all.Done()
		all.Wait()
		once.Do(func() {
			first = false
			api.set(func() { api.active = companyToken(2) })
			f.write(t, companyToken(2))
		})
	}
	f.works(t)
	if _, refused := api.asked(); refused != len(companyResources) {
		t.Errorf("%d refused calls", refused)
	}
	if strings.Contains(f.logs.String(), "does not accept") {
		t.Errorf("the log is\n%s", f.logs)
	}
}

// TestANewTokenThatIsWrong: only one more try with what the file holds now.
func TestANewTokenThatIsWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &fakePlatform{active: companyToken(1)}
		f := newCapacityFixture(t, api, companyToken(1), func(c *config.Company) { c.Resources = map[string]string{"booking": "api/v2/booking"} })
		if _, err := f.Count(t.Context(), "booking"); err != nil {
			t.Fatal(err)
		}
		n := 0
		api.before = func(string) { // the file changes at each call
			n++
			f.write(t, fmt.Sprint("wrong-", n))
		}
		api.set(func() { api.active = "another" })
		_, err := f.Count(t.Context(), "booking")
		if err == nil || n != 2 {
			t.Errorf("%d calls, %v", n, err)
		}
		api.before = nil
		_, err = f.Count(t.Context(), "booking")
		kind(t, err, insights.ErrCredential)
		f.says(t, false)
	})
}

// TestALateAnswerIsNoWord: what was asked before the token was rejected, or
// with another token, does not make it good again.
func TestALateAnswerIsNoWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &fakePlatform{active: companyToken(1)}
		slow := make(chan struct{})
		f := newCapacityFixture(t, authtest.API(func(r *http.Request) (*http.Response, error) {
			answer, err := api.RoundTrip(r)
			if strings.HasSuffix(r.URL.Path, "trade") {
				<-slow // accepted, and a long way back
			}
			return answer, err
		}), companyToken(1))
		late := func(meanwhile func()) {
			t.Helper()
			done := make(chan error)
			go func() {
				_, err := f.Count(context.Background(), "trade")
				done <- err
			}()
			synctest.Wait()
			meanwhile()
			slow <- struct{}{}
			if err := <-done; err != nil {
				t.Errorf("the answer was there: %v", err)
			}
			f.says(t, false)
		}
		refused := func() {
			t.Helper()
			if _, err := f.Count(t.Context(), "booking"); !errors.Is(err, insights.ErrCredential) {
				t.Errorf("booking: %v", err)
			}
		}
		renewed := func(n int) {
			t.Helper()
			api.set(func() { api.active = companyToken(n) })
			f.write(t, companyToken(n))
			if _, err := f.Count(t.Context(), "booking"); err != nil {
				t.Fatal(err)
			}
		}
		late(func() {
			api.set(func() { api.active = "another" })
			refused()
		})
		renewed(2)
		late(func() {
			f.write(t, "wrong")
			refused()
		})
		renewed(3)
		late(func() {
			api.set(func() { api.active = "another" })
			refused()
			f.write(t, "not-tried-yet")
			_, _ = f.token.Token(t.Context())
		})
	})
}

// TestALate401IsOfAnOldToken: it says nothing of the one that took its place.
func TestALate401IsOfAnOldToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &fakePlatform{active: companyToken(2)}
		slow := make(chan struct{})
		f := newCapacityFixture(t, authtest.API(func(r *http.Request) (*http.Response, error) {
			answer, err := api.RoundTrip(r)
			if strings.HasSuffix(r.URL.Path, "trade") && answer.StatusCode == 401 {
				<-slow
			}
			return answer, err
		}), companyToken(1))
		done := make(chan error)
		go func() {
			_, err := f.Count(context.Background(), "trade")
			done <- err
		}()
		synctest.Wait()
		f.write(t, companyToken(2))
		if _, err := f.Count(t.Context(), "booking"); err != nil {
			t.Fatal(err)
		}
		slow <- struct{}{}
		if err := <-done; err != nil {
			t.Errorf("the new token is not tried: %v", err)
		}
		f.works(t)
	})
}

// TestFileOfNoUse: what is in use stays in use, and it is said once.
func TestFileOfNoUse(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"gone":  os.Remove,
		"empty": func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"prose": func(path string) error { return os.WriteFile(path, []byte("the token is in the safe"), 0o600) },
		"folder": func(path string) error {
			return errors.Join(os.Remove(path), os.Mkdir(path, 0o700))
		},
	} {
		t.Run(name, func(t *testing.T) {
			api := &fakePlatform{active: companyToken(1)}
			f := newCapacityFixture(t, api, companyToken(1))
			f.works(t)
			_, loaded := f.TokenFile()
			if err := spoil(f.tokenFile); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				f.works(t)
			}
			if readable, at := f.TokenFile(); readable || !at.Equal(loaded) {
				t.Errorf("readable %t, loaded at %v", readable, at)
			}
			if number, _ := f.TokenClaims(); number != "1" {
				t.Errorf("number %q", number)
			}
			if n := strings.Count(f.logs.String(), "Cannot use the credential file"); n != 1 {
				t.Errorf("it is said %d times:\n%s", n, f.logs)
			}
			if err := os.RemoveAll(f.tokenFile); err != nil {
				t.Fatal(err)
			}
			f.write(t, companyToken(1))
			f.works(t)
			if readable, at := f.TokenFile(); !readable || !at.Equal(loaded) {
				t.Errorf("with the same token: readable %t, loaded at %v", readable, at)
			}
			if !strings.Contains(f.logs.String(), "The credential works again") {
				t.Errorf("the log is\n%s", f.logs)
			}
		})
	}
}

// TestExposedTokenFile is said once.
func TestExposedTokenFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &fakePlatform{active: companyToken(1)}
		f := newCapacityFixture(t, api, companyToken(1))
		synctest.Wait() // until the first file has been read
		if strings.Contains(f.logs.String(), "Other users") {
			t.Errorf("the log is\n%s", f.logs)
		}
		// At one stroke, since the new token is looked at as soon as it is there.
		if err := errors.Join(os.WriteFile(f.tokenFile+".new", []byte(companyToken(2)), 0o600), os.Chmod(f.tokenFile+".new", 0o644), os.Rename(f.tokenFile+".new", f.tokenFile)); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			f.rejects(t)
		}
		if n := strings.Count(f.logs.String(), "Other users can read the file of a secret"); n != 1 {
			t.Errorf("it is said %d times:\n%s", n, f.logs)
		}
	})
}

// TestNoFileAtTheStart: nothing is asked, and nothing is known, until there is
// one.
func TestNoFileAtTheStart(t *testing.T) {
	api := &fakePlatform{active: companyToken(1)}
	f := newCapacityFixture(t, api, "")
	for resource, err := range f.poll() {
		kind(t, err, insights.ErrCredential)
		if !strings.Contains(err.Error(), "does not exist: write the API token to it") {
			t.Errorf("%s: %v", resource, err)
		}
	}
	readable, loaded := f.TokenFile()
	number, created := f.TokenClaims()
	_, known := f.TokenAccepted()
	if calls, _ := api.asked(); calls != 0 || readable || !loaded.IsZero() || known || number != "" || !created.IsZero() {
		t.Errorf("%d calls, readable %t, loaded %v, known %t, number %q, created %v", calls, readable, loaded, known, number, created)
	}
	f.write(t, companyToken(1))
	f.works(t)
}

// TestAResourceThatRefusesTheToken: a 401 of one resource stops everything,
// until another one shows that the token is as good as ever. From then on it
// is about the resource.
func TestAResourceThatRefusesTheToken(t *testing.T) {
	if testing.Short() {
		t.Skip("asks much with one goroutine")
	}
	synctest.Test(t, func(t *testing.T) {
		api := &fakePlatform{active: companyToken(1)}
		api.answer = func(resource, _ string, _ *http.Request) *http.Response {
			if resource == "trade" {
				return authtest.Reply(401, "")
			}
			return nil
		}
		f := newCapacityFixture(t, api, companyToken(1))
		changes, last := 0, true
		var failed map[string]error
		for range 6 * 60 * 6 { // six hours
			_, _ = f.Count(t.Context(), "trade") // always the first to come
			failed = f.poll()
			if yes, _ := f.TokenAccepted(); yes != last {
				changes, last = changes+1, yes
			}
			time.Sleep(pollsEvery)
		}
		kind(t, failed["trade"], insights.ErrForbidden)
		if len(failed) != 1 || changes > 2 || !last {
			t.Errorf("%v fail, the word changed %d times", failed, changes)
		}
		if n := api.calls["trade"]; n > 16 {
			t.Errorf("it was asked %d times in six hours", n)
		}
		// The end of the token is seen all the same, at the next poll.
		api.set(func() { api.active = companyToken(2) })
		f.poll()
		f.says(t, false)
		// And with a new token the resource gets another chance.
		api.set(func() { api.answer = nil })
		f.write(t, companyToken(2))
		f.works(t)
	})
}

// TestA401ThatPasses: a platform that rejects everything for ten minutes and
// then takes the same token again.
func TestA401ThatPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &fakePlatform{active: companyToken(1)}
		f := newCapacityFixture(t, api, companyToken(1))
		f.works(t)
		api.set(func() { api.active = "" })
		for range 60 {
			f.rejects(t)
			time.Sleep(pollsEvery)
		}
		api.set(func() { api.active = companyToken(1) })
		for range 6*6 + 1 {
			f.poll()
			time.Sleep(pollsEvery)
		}
		f.works(t)
		// What was refused in that time is no suspect now.
		api.set(func() { api.active = "" })
		f.rejects(t)
	})
}

// TestNothingOfATokenIsTold: not by what goes wrong, whatever the platform
// sends back, at any level.
func TestNothingOfATokenIsTold(t *testing.T) {
	if testing.Short() {
		t.Skip("asks much with one goroutine")
	}
	token := companyToken(7)
	parts := strings.Split(token, ".")
	echo := func(status int, headers ...string) func(string) *http.Response {
		return func(s string) *http.Response {
			filled := strings.Split(strings.ReplaceAll(strings.Join(headers, "\n"), "SECRET", s), "\n")
			body, _ := json.Marshal(map[string]string{"errorCode": s, "message": "no " + s + s, "details": s, "error": s, "error_description": s})
			return authtest.Reply(status, string(body), filled...)
		}
	}
	var all []func(string) *http.Response
	for _, status := range []int{400, 401, 403, 404, 408, 429, 500, 503} {
		all = append(all, echo(status))
	}
	all = append(all, echo(302, "Location", "https://SECRET.example/SECRET"), echo(200, "Content-Encoding", "SECRET"),
		func(s string) *http.Response { return authtest.Reply(200, `[{"`+s+`":tru}]`) },
		func(s string) *http.Response { return authtest.Reply(200, s) })
	for i, act := range all {
		for _, s := range []string{token, parts[i%len(parts)]} {
			synctest.Test(t, func(t *testing.T) {
				f := newCapacityFixture(t, authtest.API(func(*http.Request) (*http.Response, error) { return act(s), nil }), token)
				for range 3 {
					for _, err := range f.poll() {
						f.tellsNothing(t, fmt.Sprintf("error of act %d", i), err.Error(), token)
					}
					time.Sleep(3 * time.Minute)
				}
				f.write(t, token+" and more")
				f.poll()
				f.tellsNothing(t, "log", f.logs.String(), token)
				families, err := f.registry.Gather()
				if err != nil {
					t.Fatal(err)
				}
				f.tellsNothing(t, "metrics", fmt.Sprint(families), token)
			})
		}
	}
	f := newCapacityFixture(t, authtest.API(func(r *http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("cannot send %v", r.Header)
	}), token)
	for _, err := range f.poll() {
		f.tellsNothing(t, "error of the network", err.Error(), token)
	}
	f.tellsNothing(t, "log", f.logs.String(), token)
}

func (f *capacityFixture) tellsNothing(t *testing.T, where, text, token string) {
	t.Helper()
	if text == "" {
		t.Errorf("%s: nothing to look at", where)
	}
	for _, part := range strings.Split(token, ".") {
		if strings.Contains(text, part) {
			t.Errorf("%s: %s", where, text)
			return
		}
	}
}

// claimsOf are what a token says of itself.
func claimsOf(token string) (number string, created time.Time) {
	var c claims
	if !auth.ReadClaims(token, &c) {
		return "", time.Time{}
	}
	return c.read()
}

func TestCapacityClaims(t *testing.T) {
	at := time.UnixMilli
	for claims, want := range map[string]struct {
		number  string
		created time.Time
	}{
		`{"number":"12","created":1767225600000}`:           {"12", at(1767225600000)},
		`{"number":"12","created":1767225600000,"exp":"x"}`: {"12", at(1767225600000)},
		`{"number":"12","created":1767225600000,"exp":1}`:   {"12", at(1767225600000)}, // long over
		`{"number":"0","created":1767225600000.5}`:          {"0", at(1767225600000)},
		`{"number":12,"created":"1767225600000"}`:           {},
		`{"number":"","created":0}`:                         {},
		`{"number":"-1","created":-1}`:                      {},
		`{"number":"1e3","created":1e300}`:                  {},
		`{"number":"1234567890123456"}`:                     {},
		`{"number":null,"created":null}`:                    {},
		`{"number":{"a":1},"created":[1]}`:                  {},
		`{}`:                                                {},
		`[]`:                                                {},
		`"x"`:                                               {},
		`{"number":"1"`:                                     {},
	} {
		if number, created := claimsOf(authtest.Token(claims)); number != want.number || !created.Equal(want.created) {
			t.Errorf("%s: number %q, created %v", claims, number, created)
		}
	}
	for _, token := range []string{"", "opaque", "a.b", "a.b.c", "..", "a.!!!.c", "a.b.c.d"} {
		if number, created := claimsOf(token); number != "" || !created.IsZero() {
			t.Errorf("%s: number %q, created %v", token, number, created)
		}
	}
}

// TestATokenThatIsNoJWT works as well as any other.
func TestATokenThatIsNoJWT(t *testing.T) {
	for _, token := range []string{"opaque", "a.b.c", authtest.Token(`"nonsense"`), authtest.Token(`{"exp":1,"number":3,"created":"yesterday"}`)} {
		f := newCapacityFixture(t, &fakePlatform{active: token}, token)
		f.works(t)
	}
}

// FuzzCapacityClaims: whatever a token holds, what is shown of it is a number
// and an instant that make sense.
func FuzzCapacityClaims(f *testing.F) {
	for _, s := range []string{`{"number":"12","created":1767225600000}`, `{"number":"１２"}`, `{"created":-0}`, `{"Number":"1","number":"2"}`, `[`, "\xff"} {
		f.Add(s, false)
	}
	f.Add("a.b.c", true)
	f.Fuzz(func(t *testing.T, s string, whole bool) {
		if !whole {
			s = authtest.Token(s)
		}
		number, created := claimsOf(s)
		if len(number) > maxNumber || slices.ContainsFunc([]byte(number), func(c byte) bool { return c < '0' || c > '9' }) {
			t.Errorf("number %q", number)
		}
		if !created.IsZero() && (created.UnixMilli() < 0 || created.UTC().Year() > 9999) {
			t.Errorf("created %v", created)
		}
	})
}

// TestTheWordIsTheLastOne: after any story, what is said of the token is what
// the platform answered last, and a rejected token was left alone.
func TestTheWordIsTheLastOne(t *testing.T) {
	stories := uint64(10)
	if os.Getenv("DRILL_HOURS") != "" {
		stories = 1000
	} else if testing.Short() {
		stories = 2
	}
	for seed := range stories {
		synctest.Test(t, func(t *testing.T) { testStory(t, rand.New(rand.NewPCG(seed, 0)), seed) })
	}
}

func testStory(t *testing.T, random *rand.Rand, seed uint64) {
	active, written := 1, 1
	api := &fakePlatform{active: companyToken(1)}
	f := newCapacityFixture(t, api, companyToken(1))
	changed, before := time.Now(), 0
	for range 100 {
		switch random.IntN(4) {
		case 0: // somebody in the company wants a new token
			active++
			api.set(func() { api.active = companyToken(active) })
		case 1: // and somebody, at times the wrong one, puts it into the file
			if written = active; random.IntN(4) == 0 {
				written = 0
			}
			f.write(t, companyToken(written))
			changed = time.Now()
			_, before = api.asked()
		}
		f.poll()
		if yes, known := f.TokenAccepted(); yes != (written == active) || !known {
			t.Fatalf("seed %d: the word is %t with token %d in the file and %d active", seed, yes, written, active)
		}
		most := len(companyResources) + int(time.Since(changed)/time.Minute)
		if _, refused := api.asked(); refused-before > most {
			t.Fatalf("seed %d: %d refused calls with one token, want %d at most", seed, refused-before, most)
		}
		time.Sleep(time.Duration(random.IntN(60)) * time.Second)
	}
}
