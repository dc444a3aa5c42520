package collector

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
)

// The PRISMA European Capacity Platform has nothing in common with Prisma
// Access but the name and the way in which it is asked here. Its errors are
// told in the words of package insights all the same, which are those of any
// API.

// CapacityAPI asks the capacity platform on behalf of one company.
type CapacityAPI interface {
	// Count returns how many records one of the company's resources has.
	Count(ctx context.Context, resource string) (records int, err error)
	// TokenAccepted is the platform's last word on the company's token, and
	// whether there has been one.
	TokenAccepted() (accepted, known bool)
	// TokenFile reports whether the token's file holds a usable one, and when
	// the one in use was read from it first, the zero time without one.
	TokenFile() (readable bool, loaded time.Time)
	// TokenClaims are what the token says of itself: which one of the
	// company's it is, in digits, and when it was made; "" and the zero time
	// where it says nothing.
	TokenClaims() (number string, created time.Time)
}

// The metrics of a company.
var (
	companyUp = &exposition.Metric{
		Name: "prisma_capacity_up", Type: exposition.Gauge,
		Help: "Whether the capacity platform accepts the company's token and the last poll of at least one resource had an answer: 1 yes, 0 no.",
	}
	tokenValid = &exposition.Metric{
		Name: "prisma_capacity_token_valid", Type: exposition.Gauge,
		Help: "Whether the capacity platform accepted the company's token when it said so last: 1 yes, 0 no. There is no series before its first word, and what says nothing of the token, such as an outage, changes nothing.",
	}
	tokenReadable = &exposition.Metric{
		Name: "prisma_capacity_token_readable", Type: exposition.Gauge,
		Help: "Whether the file of the company's token held a usable one when it was last looked at: 1 yes, 0 no. A token that is in use stays in use when its file is lost.",
	}
	tokenLoaded = &exposition.Metric{
		Name: "prisma_capacity_token_loaded_timestamp_seconds", Type: exposition.Gauge,
		Help: "When the token in use was read from its file for the first time.",
	}
	tokenCreated = &exposition.Metric{
		Name: "prisma_capacity_token_created_timestamp_seconds", Type: exposition.Gauge,
		Help: "When the token in use was made, as it says of itself (claim created).",
	}
	tokenNumber = &exposition.Metric{
		Name: "prisma_capacity_token_number", Type: exposition.Gauge,
		Help: "Which of the company's tokens the one in use is, as it says of itself (claim number). Only the last one that was made is accepted.",
	}
	capacityRecords = &exposition.Metric{
		Name: "prisma_capacity_records", Type: exposition.Gauge, Labels: resourceLabels,
		Help: "Records in the answer to the last good poll of the resource.",
	}
	capacitySuccess = &exposition.Metric{
		Name: "prisma_capacity_scrape_resource_success", Type: exposition.Gauge, Labels: resourceLabels,
		Help: "Whether the last poll of the resource succeeded and none is overdue: 1 yes, 0 no. Its records are then those of its last success.",
	}
	capacityDuration = &exposition.Metric{
		Name: "prisma_capacity_scrape_resource_duration_seconds", Type: exposition.Gauge, Labels: resourceLabels,
		Help: "How long the last poll of the resource took.",
	}
	capacityLastSuccess = &exposition.Metric{
		Name: "prisma_capacity_scrape_resource_last_success_timestamp_seconds", Type: exposition.Gauge, Labels: resourceLabels,
		Help: "When the poll of the resource began that its records are from.",
	}
)

// CompanyMetrics are the metrics that every company has.
func CompanyMetrics() []*exposition.Metric {
	return []*exposition.Metric{
		companyUp, tokenValid, tokenReadable, tokenLoaded, tokenCreated, tokenNumber,
		capacityRecords, capacitySuccess, capacityDuration, capacityLastSuccess,
	}
}

var capacityPolls = polls{capacitySuccess, capacityDuration, capacityLastSuccess}

// CompanyOptions are what a company is made of.
type CompanyOptions struct {
	Name string
	API  CapacityAPI
	// Resources are the names of those to ask for.
	Resources []string
	// Interval is how long an answer is fresh.
	Interval  time.Duration
	Freshness Freshness
	Logger    log.Logger
}

// Company is one company on the capacity platform. A resource is to it what a
// collector is to a scope.
type Company struct {
	labels    []exposition.Label
	api       CapacityAPI
	resources []running
}

// NewCompany returns a company. It asks nothing yet.
func NewCompany(o CompanyOptions) *Company {
	c := &Company{labels: []exposition.Label{{Name: "company", Value: o.Name}}, api: o.API}
	for _, name := range slices.Sorted(slices.Values(o.Resources)) {
		poll := c.poll(name, log.With(o.Logger, "company", o.Name, "resource", name))
		c.resources = append(c.resources, running{name, &snapshot{interval: o.Interval, freshness: o.Freshness, poll: poll}})
	}
	return c
}

// poll returns what polls the platform for one resource.
func (c *Company) poll(resource string, logger log.Logger) poll {
	history := &history{what: "Resource", logger: logger}
	return func(ctx context.Context) (*reading, error) {
		records, err := c.api.Count(ctx, resource)
		history.note(records, err)
		if err != nil {
			return nil, err
		}
		builder := exposition.NewBuilder(c.labels...)
		builder.Add(capacityRecords, builder.Labels(resourceLabels, resource), float64(records))
		return &reading{parts: builder.Parts(), rows: records, answered: 1}, nil
	}
}

// Scrape returns the series of the company as far as there are any when ctx
// ends. A page for some collectors alone is without the company, which has
// none of them.
func (c *Company) Scrape(ctx context.Context, collectors []string) []exposition.Part {
	if len(collectors) > 0 {
		return nil
	}
	return c.parts(look(ctx, c.resources))
}

func (c *Company) parts(views []view) []exposition.Part {
	var parts []exposition.Part
	builder := exposition.NewBuilder(c.labels...)
	answered := false
	for i, r := range c.resources {
		v := views[i]
		answered = answered || v.success
		capacityPolls.add(builder, builder.Labels(resourceLabels, r.name), v)
		if v.reading != nil {
			parts = append(parts, v.reading.parts...)
		}
	}
	token := c.token()
	token.add(builder)
	builder.Add(companyUp, builder.Labels(nil), truth(answered && token.Accepted))
	return append(parts, builder.Parts()...)
}

// token is how the token stands.
func (c *Company) token() *TokenStatus {
	t := &TokenStatus{}
	t.Accepted, t.Known = c.api.TokenAccepted()
	t.Readable, t.Loaded = c.api.TokenFile()
	t.Number, t.Created = c.api.TokenClaims()
	return t
}

// add writes the series of the token.
func (t *TokenStatus) add(b *exposition.Builder) {
	l := b.Labels(nil)
	b.Add(tokenReadable, l, truth(t.Readable))
	if t.Known {
		b.Add(tokenValid, l, truth(t.Accepted))
	}
	if !t.Loaded.IsZero() {
		b.Add(tokenLoaded, l, seconds(t.Loaded))
	}
	if !t.Created.IsZero() {
		b.Add(tokenCreated, l, seconds(t.Created))
	}
	if number, err := strconv.ParseFloat(t.Number, 64); err == nil {
		b.Add(tokenNumber, l, number)
	}
}

// Status returns how the company stands, without asking the platform.
func (c *Company) Status() Status {
	status := Status{Tenant: c.labels[0].Value, Token: c.token()}
	for _, r := range c.resources {
		status.Collectors = append(status.Collectors, pollStatus(r.name, r.snapshot.Peek()))
	}
	return status
}

// CheckCompany asks for each resource once and reports how that ended.
func CheckCompany(ctx context.Context, o CompanyOptions) []Outcome {
	var outcomes []Outcome
	for _, name := range slices.Sorted(slices.Values(o.Resources)) {
		start := time.Now()
		records, err := o.API.Count(ctx, name)
		outcomes = append(outcomes, Outcome{Query: name, Rows: records, Took: time.Since(start), Err: err})
	}
	return outcomes
}
