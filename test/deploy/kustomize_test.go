package deploy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/prisma-exporter/prisma_exporter/internal/cli"
)

const kubernetes = "../../deploy/kubernetes"

// build is what kustomize makes of a folder.
func build(t *testing.T, folder string) string {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		t.Fatal(err)
	}
	text, err := resources.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// filled are the overlays with a value for each that is asked for.
func filled(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "kubernetes")
	if err := os.CopyFS(folder, os.DirFS(kubernetes)); err != nil {
		t.Fatal(err)
	}
	for file, values := range map[string][]string{
		"one-tenant/kustomization.yaml": {"TENANT_ID=\n", "TENANT_ID=1234567890\n", "REGION=\n", "REGION=eu\n"},
		"many-tenants/tenants.yml": {
			"region: \"\"", "region: eu", "tenant_id: \"\"\n    api_key", "tenant_id: 1234567890\n    api_key",
			"tenant_id: \"\"", "tenant_id: 1000000001", "client_id: \"\"", "client_id: exporter@example",
		},
		"discovery/tenants.yml": {"region: \"\"", "region: eu", "tsg_id: \"\"", "tsg_id: 1000000000", "client_id: \"\"", "client_id: exporter@example"},
		"capacity/tenants.yml":  {"name: \"\"", "name: example-gas"},
	} {
		path := filepath.Join(folder, "overlays", file)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer(values...).Replace(string(b))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// TestOverlays: each case runs once it has its values. As it is, it does not
// start, and says what it lacks.
func TestOverlays(t *testing.T) {
	with := filled(t)
	for name, lacks := range map[string][]string{
		"one-tenant":   {"PRISMA_EXPORTER_PRISMA_TENANT_ID", "PRISMA_EXPORTER_PRISMA_REGION"},
		"many-tenants": {"region", "tenant acme: tenant_id", "tenant globex: tenant_id", "tenant globex: client_id"},
		"discovery":    {"tsg_id", "client_id", "region"},
		"capacity":     {"name"},
	} {
		t.Run(name, func(t *testing.T) {
			all := objects(t, build(t, filepath.Join(with, "overlays", name)))
			variables(t, all)
			runnable(t, all)
			pinned(t, all)
		})
		t.Run(name+", as it is", func(t *testing.T) {
			all := objects(t, build(t, filepath.Join(kubernetes, "overlays", name)))
			variables(t, all)
			o, err := cli.Parse(arguments(t, all))
			if err != nil {
				t.Fatal(err)
			}
			_, err = o.Configuration.Read()
			for _, field := range lacks {
				if err == nil || !strings.Contains(err.Error(), field) {
					t.Errorf("%s is empty, and the exporter says %v", field, err)
				}
			}
		})
	}
}

// deployment is the one of the exporter.
func deployment(t *testing.T, all map[string]any) *appsv1.Deployment {
	t.Helper()
	return object[appsv1.Deployment](t, all, "Deployment/prisma-exporter")
}

// variables sets those that a deployment has of a ConfigMap.
func variables(t *testing.T, all map[string]any) {
	t.Helper()
	for _, from := range deployment(t, all).Spec.Template.Spec.Containers[0].EnvFrom {
		for name, value := range object[corev1.ConfigMap](t, all, "ConfigMap/"+from.ConfigMapRef.Name).Data {
			t.Setenv(name, value)
		}
	}
}

// pinned: what was tried is what runs later, too.
func pinned(t *testing.T, all map[string]any) {
	t.Helper()
	version, err := os.ReadFile("../../VERSION")
	if err != nil {
		t.Fatal(err)
	}
	want := "ghcr.io/prisma-exporter/prisma_exporter:v" + strings.TrimSpace(string(version))
	if got := deployment(t, all).Spec.Template.Spec.Containers[0].Image; got != want {
		t.Errorf("the image is %s, want %s", got, want)
	}
}

// TestNetworkPolicyFollowsTheNamespace: whatever the overlay's is called.
func TestNetworkPolicyFollowsTheNamespace(t *testing.T) {
	folder := filled(t)
	overlay := filepath.Join(folder, "overlays", "mine")
	if err := os.Mkdir(overlay, 0o700); err != nil {
		t.Fatal(err)
	}
	text := "resources: [../one-tenant]\nnamespace: elsewhere\ncomponents: [../../components/networkpolicy]\n"
	if err := os.WriteFile(filepath.Join(overlay, "kustomization.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	all := objects(t, build(t, overlay))
	policy := object[networkingv1.NetworkPolicy](t, all, "NetworkPolicy/prisma-exporter")
	from := policy.Spec.Ingress[0].From[0]
	if policy.Namespace != "elsewhere" || from.NamespaceSelector != nil || from.PodSelector == nil {
		t.Errorf("the policy of namespace %s lets in %v", policy.Namespace, from)
	}
	if got := deployment(t, all).Namespace; got != "elsewhere" {
		t.Errorf("the exporter is in %s", got)
	}
}
