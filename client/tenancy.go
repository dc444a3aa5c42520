package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/prisma-exporter/prisma_exporter/config"
	"github.com/prisma-exporter/prisma_exporter/insights"
	"github.com/prisma-exporter/prisma_exporter/internal/transport"
)

// childrenResource names the list of a group's children where queries have
// the name of their resource.
const childrenResource = "list_children"

// Children lists the Tenant Service Groups below the client's own: its
// children or, with hierarchy, all descendants, and with self itself. It is
// the vendor's tenancy API, version 1, which wants a token of that very group.
// Errors are of type *insights.Error.
func (c *Client) Children(ctx context.Context, hierarchy, self bool) ([]config.Group, error) {
	var groups []config.Group
	err := c.tokens.Send(ctx, c.sender, transport.Request{
		Resource: childrenResource,
		Urgency:  insights.Health,
		URL: fmt.Sprintf("%s/tenancy/v1/tenant_service_groups/%s/operations/list_children?hierarchy=%t&include_self=%t",
			c.tenant.Endpoint(), url.PathEscape(c.tenant.ID), hierarchy, self),
		Read: func(r *transport.Response) (err error) {
			groups, err = decodeGroups(r.Body(), c.tenant.ID)
			if err != nil {
				return &insights.Error{Kind: insights.ErrMalformed, Resource: childrenResource, Status: r.Status, Err: err}
			}
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	return groups, nil
}

// groupItem is an element of the list. Only its ID is certain to be there, and
// those inside of others have been seen with a name in place of a display
// name.
type groupItem struct {
	ID          looseText   `json:"id"`
	DisplayName looseText   `json:"display_name"`
	Name        looseText   `json:"name"`
	Parent      looseText   `json:"parent_id"`
	Children    []groupItem `json:"children"`
}

// looseText is a text, or nothing where the API has something else.
type looseText string

// UnmarshalJSON implements json.Unmarshaler.
func (t *looseText) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*t = looseText(insights.Clean(s))
	}
	return nil
}

func decodeGroups(body []byte, parent string) ([]config.Group, error) {
	// The count beside the items is a number in one place of the API's
	// documents and a text in another; the items are the truth.
	var answer struct {
		Items *[]groupItem `json:"items"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, errors.New("the answer is not a JSON list of groups") // err may quote it
	}
	if answer.Items == nil {
		return nil, errors.New(`the answer has no list "items"`)
	}
	groups := appendGroups(nil, *answer.Items, parent)
	if len(groups) == 0 && len(*answer.Items) > 0 {
		return nil, errors.New("none of the groups in the answer has an ID")
	}
	return groups, nil
}

func appendGroups(groups []config.Group, items []groupItem, parent string) []config.Group {
	for _, i := range items {
		if i.ID != "" {
			groups = append(groups, config.Group{
				ID: string(i.ID), DisplayName: string(cmp.Or(i.DisplayName, i.Name)), Parent: cmp.Or(string(i.Parent), parent),
			})
		}
		groups = appendGroups(groups, i.Children, string(i.ID))
	}
	return groups
}
