package deploy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"go.yaml.in/yaml/v3"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"
	kyaml "sigs.k8s.io/yaml"
)

// externalSecret is what docs of the External Secrets Operator say of one: its
// types come with the clients of every store.
type externalSecret struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		RefreshInterval metav1.Duration `json:"refreshInterval"`
		SecretStoreRef  struct {
			Name string `json:"name"`
			Kind string `json:"kind"`
		} `json:"secretStoreRef"`
		Target struct {
			Name string `json:"name"`
		} `json:"target"`
		Data []struct {
			SecretKey string `json:"secretKey"`
			RemoteRef struct {
				Key      string `json:"key"`
				Property string `json:"property"`
			} `json:"remoteRef"`
		} `json:"data"`
		DataFrom []map[string]any `json:"dataFrom"`
	} `json:"spec"`
}

// kinds are the types of all objects.
var kinds = map[string]func() any{
	"v1/ConfigMap":                            func() any { return &corev1.ConfigMap{} },
	"v1/Secret":                               func() any { return &corev1.Secret{} },
	"v1/Service":                              func() any { return &corev1.Service{} },
	"v1/ServiceAccount":                       func() any { return &corev1.ServiceAccount{} },
	"apps/v1/Deployment":                      func() any { return &appsv1.Deployment{} },
	"networking.k8s.io/v1/NetworkPolicy":      func() any { return &networkingv1.NetworkPolicy{} },
	"policy/v1/PodDisruptionBudget":           func() any { return &policyv1.PodDisruptionBudget{} },
	"monitoring.coreos.com/v1/ServiceMonitor": func() any { return &monitoringv1.ServiceMonitor{} },
	"monitoring.coreos.com/v1/PodMonitor":     func() any { return &monitoringv1.PodMonitor{} },
	"monitoring.coreos.com/v1/PrometheusRule": func() any { return &monitoringv1.PrometheusRule{} },
	"external-secrets.io/v1/ExternalSecret":   func() any { return &externalSecret{} },
}

// objects reads all objects of a text, by KIND/NAME. A field that its type does
// not have, or has with another type, is an error, as is an object that is
// there twice.
func objects(t *testing.T, text string) map[string]any {
	t.Helper()
	all := map[string]any{}
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(text)))
	for {
		var document any
		if err := decoder.Decode(&document); err != nil {
			if err.Error() == "EOF" {
				return all
			}
			t.Fatalf("%v in\n%s", err, text)
		}
		if document == nil {
			continue
		}
		name, object, err := read(document)
		if err != nil {
			t.Error(err)
			continue
		}
		if _, twice := all[name]; twice {
			t.Errorf("%s is there twice", name)
		}
		all[name] = object
	}
}

// read reads one object.
func read(document any) (name string, object any, err error) {
	text, err := yaml.Marshal(document)
	if err != nil {
		return "", nil, err
	}
	asJSON, err := kyaml.YAMLToJSONStrict(text)
	if err != nil {
		return "", nil, err
	}
	var head struct {
		metav1.TypeMeta
		Metadata metav1.ObjectMeta
	}
	if err := json.Unmarshal(asJSON, &head); err != nil {
		return "", nil, err
	}
	name = head.Kind + "/" + head.Metadata.Name
	of, ok := kinds[head.APIVersion+"/"+head.Kind]
	if !ok || head.Metadata.Name == "" {
		return "", nil, fmt.Errorf("%s of %s is no kind that is known here, or has no name", name, head.APIVersion)
	}
	object = of()
	wrong, err := kjson.UnmarshalStrict(asJSON, object)
	if err != nil || len(wrong) > 0 {
		return "", nil, fmt.Errorf("%s: %v %v", name, err, wrong)
	}
	return name, object, nil
}

// object is the one of a kind and a name.
func object[T any](t *testing.T, all map[string]any, name string) *T {
	t.Helper()
	o, ok := all[name].(*T)
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	return o
}

// TestObjectsThatAreWrong: the reader of this package finds mistakes.
func TestObjectsThatAreWrong(t *testing.T) {
	for _, text := range []string{
		"{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {port: 1}}",
		"{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: http}]}}",
		"{apiVersion: monitoring.coreos.com/v1, kind: ServiceMonitor, metadata: {name: a}, spec: {endpoints: [{honourLabels: true}]}}",
		"{apiVersion: v2, kind: Service, metadata: {name: a}}",
		"{apiVersion: v1, kind: Service}",
	} {
		var document any
		if err := yaml.Unmarshal([]byte(text), &document); err != nil {
			t.Fatal(err)
		}
		if _, _, err := read(document); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
