package capacity

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/go-kit/log"

	"github.com/prisma-exporter/prisma_exporter/internal/auth"
	"github.com/prisma-exporter/prisma_exporter/internal/exposition"
	"github.com/prisma-exporter/prisma_exporter/internal/poll"
)

// api asks the capacity platform on behalf of one company.
type api interface {
	// Count returns how many records one of the company's resources has.
	Count(ctx context.Context, resource string) (records int, err error)
	// Token is how the company's token stands.
	Token() auth.State
	// TokenClaims are what the token says of itself: which one of the
	// company's it is, in digits, and when it was made; "" and the zero time
	// where it says nothing.
	TokenClaims() (number string, created time.Time)
	// Calls counts the requests to the platform, and those that failed.
	Calls() (all, failed int)
}

var resourceLabels = []string{"resource"}

// The metrics of a company.
var (
	companyUp = &exposition.Metric{
		Name: "prisma_capacity_up", Type: exposition.Gauge,
		Help: "Whether the capacity platform accepts the company's token and the last poll of at least one resource had an answer: 1 yes, 0 no.",
	}
	tokenValid = &exposition.Metric{
		Name: "prisma_capacity_token_valid", Type: exposition.Gauge,
		Help: "Whether the capacity platform accepted the company's token in its latest answer about it: 1 yes, 0 no. There is no series before the first such answer. Other problems, such as an outage, do not change the value.",
	}
	tokenReadable = &exposition.Metric{
		Name: "prisma_capacity_token_readable", Type: exposition.Gauge,
		Help: "Whether the company's token file contained a usable token when the exporter last read it: 1 yes, 0 no. A token in use stays in use if its file is lost.",
	}
	tokenLoaded = &exposition.Metric{
		Name: "prisma_capacity_token_loaded_timestamp_seconds", Type: exposition.Gauge,
		Help: "Time when the token in use was first read from its file.",
	}
	tokenCreated = &exposition.Metric{
		Name: "prisma_capacity_token_created_timestamp_seconds", Type: exposition.Gauge,
		Help: "Time when the token in use was generated (the token's claim created).",
	}
	tokenNumber = &exposition.Metric{
		Name: "prisma_capacity_token_number", Type: exposition.Gauge,
		Help: "Number of the token in use (the token's claim number). The platform accepts only the token that was generated last.",
	}
	companyRecords = &exposition.Metric{
		Name: "prisma_capacity_records", Type: exposition.Gauge, Labels: resourceLabels,
		Help: "Number of records in the answer to the last good poll of the resource. If the exporter queries the resource with a time filter, such as auction-booking, these are the records within the company's configured lookback.",
	}
)

// Metrics are the metrics that every company has.
func Metrics() []*exposition.Metric {
	return append([]*exposition.Metric{
		companyUp, tokenValid, tokenReadable, tokenLoaded, tokenCreated, tokenNumber, companyRecords, companyResourceState,
	}, resourcePolls.All()...)
}

var resourcePolls = poll.NewMetrics("prisma_capacity_scrape_resource_", "resource", resourceLabels)

// companyOptions are what a company is made of.
type companyOptions struct {
	Name string
	API  api
	// Resources are the names of those to ask for.
	Resources []string
	// Interval is how long an answer is fresh.
	Interval  time.Duration
	Freshness poll.Freshness
	Logger    log.Logger
}

// company is one company on the capacity platform. A resource is to it what a
// collector is to a scope.
type company struct {
	labels []exposition.Label
	api    api
	has    *packageOf
	polls  *poll.Group
}

// newCompany returns a company. It asks nothing yet.
func newCompany(o companyOptions) *company {
	c := &company{labels: []exposition.Label{{Name: "company", Value: o.Name}}, api: o.API, polls: poll.NewGroup(o.Freshness)}
	c.has = newPackage(o.Resources, log.With(o.Logger, "company", o.Name))
	for _, name := range slices.Sorted(slices.Values(o.Resources)) {
		c.polls.Add(c.poll(name), poll.Options{
			Name: name, Kind: "Resource", Interval: o.Interval, Logger: log.With(o.Logger, "company", o.Name, "resource", name),
		})
	}
	return c
}

// poll returns what polls the platform for one resource.
func (c *company) poll(resource string) poll.Func {
	return func(ctx context.Context) (*poll.Reading, error) {
		records, err := c.api.Count(ctx, resource)
		switch lacks := c.has.note(resource, err); {
		case lacks:
			return &poll.Reading{}, nil
		case err != nil:
			return nil, err
		}
		builder := exposition.NewBuilder(c.labels...)
		builder.Add(companyRecords, builder.Labels(resourceLabels, resource), float64(records))
		return &poll.Reading{Parts: builder.Parts(), Rows: records, Answered: 1}, nil
	}
}

// Scrape returns the series of the company as far as it was worth waiting for
// them.
func (c *company) Scrape(ctx context.Context, page *poll.Page) []exposition.Part {
	return c.parts(c.polls.Scrape(ctx, nil, page))
}

// Close ends the polls that are under way.
func (c *company) Close() { c.polls.Close() }

func (c *company) parts(views []poll.View) []exposition.Part {
	var parts []exposition.Part
	builder := exposition.NewBuilder(c.labels...)
	answered := false
	for _, v := range views {
		answered = answered || v.Success && v.Reading.Answered > 0
		resourcePolls.Emit(builder, builder.Labels(resourceLabels, v.Name), v)
		if v.Reading != nil {
			parts = append(parts, v.Reading.Parts...)
		}
	}
	c.has.each(func(resource string, state int) {
		builder.AddState(companyResourceState, builder.Labels(resourceLabels, resource), state)
	})
	token := c.token()
	emitToken(builder, token)
	builder.AddBool(companyUp, builder.Labels(nil), answered && token.Accepted)
	return append(parts, builder.Parts()...)
}

// token is how the token stands.
func (c *company) token() tokenStatus {
	t := tokenStatus{}
	state := c.api.Token()
	t.Accepted, t.Known, t.Readable, t.Loaded = state.Accepted, state.Known, state.Readable, state.Loaded
	t.Number, t.Created = c.api.TokenClaims()
	return t
}

// emitToken writes the series of the token.
func emitToken(b *exposition.Builder, t tokenStatus) {
	l := b.Labels(nil)
	b.AddBool(tokenReadable, l, t.Readable)
	if t.Known {
		b.AddBool(tokenValid, l, t.Accepted)
	}
	b.AddTime(tokenLoaded, l, t.Loaded)
	b.AddTime(tokenCreated, l, t.Created)
	if number, err := strconv.ParseFloat(t.Number, 64); err == nil {
		b.Add(tokenNumber, l, number)
	}
}

// checkCompany asks for each resource once and reports how that ended.
func checkCompany(ctx context.Context, o companyOptions) []poll.Outcome {
	outcomes := make([]poll.Outcome, 0, len(o.Resources))
	for _, name := range slices.Sorted(slices.Values(o.Resources)) {
		start := time.Now()
		records, err := o.API.Count(ctx, name)
		outcomes = append(outcomes, poll.Outcome{Query: name, Rows: records, Took: time.Since(start), Err: err})
	}
	return outcomes
}
