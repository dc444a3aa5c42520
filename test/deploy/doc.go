// Package deploy has tests of what is deployed to Kubernetes: the Helm chart and
// the kustomizations are rendered by Helm's and kustomize's own code, and what
// comes out is read by the types of those who will get it. It is a module of its
// own because these bring much along.
package deploy
