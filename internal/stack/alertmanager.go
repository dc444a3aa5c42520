package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prisma-exporter/prisma_exporter/alerts"
)

// AlertmanagerOptions say how an Alertmanager runs, with the route that is
// shipped as an example.
type AlertmanagerOptions struct {
	// Path is the binary, Dir where it keeps its files.
	Path, Dir string
	// Address is where it listens.
	Address string
	// Receiver is the URL that all notifications go to, with the name of the
	// receiver behind it.
	Receiver string
	// Intervals replaces intervals of the route, such as "group_wait: 30s",
	// by others.
	Intervals map[string]string
}

// exampleReceiver is where the example sends all notifications to.
const exampleReceiver = "http://localhost:9095"

// StartAlertmanager starts a server and waits until it is ready.
func StartAlertmanager(ctx context.Context, o AlertmanagerOptions) (*Process, error) {
	route, err := o.route()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(o.Dir, "alertmanager.yml")
	if err := os.WriteFile(config, []byte(route), 0o644); err != nil {
		return nil, err
	}
	return Start(ctx, o.Dir, "http://"+o.Address+"/-/ready", o.Path,
		"--config.file="+config, "--storage.path="+filepath.Join(o.Dir, "alertmanager"),
		"--web.listen-address="+o.Address, "--cluster.listen-address=")
}

// route is the example with other receivers and intervals.
func (o *AlertmanagerOptions) route() (string, error) {
	example, err := fs.ReadFile(alerts.Files(), "alertmanager.example.yml")
	if err != nil {
		return "", err
	}
	replace := []string{exampleReceiver + "/", o.Receiver + "/"}
	for old, short := range o.Intervals {
		replace = append(replace, old+"\n", short+"\n")
	}
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(string(example), replace[i]) {
			return "", fmt.Errorf("the example does not have %q any more", replace[i])
		}
	}
	return strings.NewReplacer(replace...).Replace(string(example)), nil
}

// Notification is what Alertmanager tells a receiver of one group.
type Notification struct {
	Receiver string `json:"receiver"`
	// Status is "firing" while any of the alerts is.
	Status string            `json:"status"`
	Group  map[string]string `json:"groupLabels"`
	Alerts []struct {
		Status      string            `json:"status"`
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
	} `json:"alerts"`

	Time time.Time `json:"-"`
}

// Receive makes a webhook that hands over each notification.
func Receive(take func(Notification)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := Notification{Time: time.Now()}
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		take(n)
	})
}
