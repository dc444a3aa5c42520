package capacity

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// A resource is a stream of records: a new one comes about once in every, and goes after about life.
type resource struct {
	name        string
	every, life time.Duration
	// record makes one record of what is random about it, of the time it came and of the time it goes.
	record func(id string, r *rand.Rand, from, to time.Time) any
}

// resources are in the order of the platform's description. Of secondary trades there are so few that none and a single
// one, which the API answers in another form, come up within hours.
var resources = []*resource{
	{"auction-booking", 4 * time.Minute, 3 * time.Hour, auctionBooking},
	{"fcfs-booking", 11 * time.Minute, 3 * time.Hour, fcfsBooking},
	{"confirmed-secondary-trade", 45 * time.Minute, time.Hour, secondaryTrade},
	{"auction-calendar", 2 * time.Hour, 48 * time.Hour, auctionDate},
}

func resourceOf(name string) *resource {
	i := slices.IndexFunc(resources, func(r *resource) bool { return r.name == name })
	if i < 0 {
		return nil
	}
	return resources[i]
}

// epoch is where records are counted from. It is fixed, so that a restart goes on with the same ones.
var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// records are those of a company that are there at a time; never nil, which JSON would call null.
func (r *resource) records(company string, now time.Time) []any {
	records := []any{}
	seed := textSeed(company + "/" + r.name)
	last := int64(now.Sub(epoch) / r.every)
	longest := 3 * r.life / 2
	for i := last - int64(longest/r.every) - 1; i <= last; i++ {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		from := epoch.Add(time.Duration(i)*r.every + part(random, r.every)).Truncate(time.Second)
		to := from.Add(r.life/2 + part(random, r.life)).Truncate(time.Second)
		if now.Before(from) || !now.Before(to) {
			continue
		}
		records = append(records, r.record(strconv.FormatInt(i, 10), random, from, to))
	}
	return records
}

// part is a random part of a stretch of time.
func part(r *rand.Rand, d time.Duration) time.Duration { return time.Duration(r.Int64N(int64(d))) }

func textSeed(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return h.Sum64()
}

// decimal is a tariff or a surcharge; it has its decimals even where they are zero.
type decimal float64

func (d decimal) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(d), 'f', 5, 64), nil
}

// The records. What does not apply to one is left out.
type (
	booking struct {
		ID        string    `json:"bookingId"`
		Auction   string    `json:"auctionId,omitempty"`
		Point     string    `json:"networkPoint"`
		Direction string    `json:"direction"`
		Product   string    `json:"productType"`
		Start     time.Time `json:"runtimeStart"`
		End       time.Time `json:"runtimeEnd"`
		Quantity  int64     `json:"quantity"`
		Unit      string    `json:"unit"`
		Tariff    decimal   `json:"regulatedTariff"`
		Surcharge decimal   `json:"surcharge,omitzero"`
		Currency  string    `json:"currency"`
	}
	trade struct {
		ID        string    `json:"tradeId"`
		Point     string    `json:"networkPoint"`
		Confirmed time.Time `json:"confirmedAt"`
		Quantity  int64     `json:"quantity"`
		Price     decimal   `json:"price,omitzero"`
	}
	date struct {
		ID       string    `json:"auctionId"`
		Point    string    `json:"networkPoint"`
		Product  string    `json:"productType"`
		Start    time.Time `json:"auctionStart"`
		Offered  int64     `json:"offeredQuantity,omitzero"`
		Tariff   decimal   `json:"regulatedTariff"`
		StepSize decimal   `json:"largePriceStep,omitzero"`
	}
)

var (
	points     = []string{"Northgate", "Eastfield", "Southport", "Westbridge", "Midvale", "Highmoor"}
	directions = []string{"ENTRY", "EXIT", "BUNDLED"}
	products   = []string{"WITHIN_DAY", "DAY_AHEAD", "MONTHLY", "QUARTERLY", "YEARLY"}
)

func one(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }

func quantity(r *rand.Rand) int64 { return 1000 * (1 + r.Int64N(500)) }

func tariff(r *rand.Rand) decimal { return decimal(0.01 + r.Float64()) }

// some is zero, and so left out, as often as not.
func some[T any](r *rand.Rand, draw func(*rand.Rand) T) (zero T) {
	if r.IntN(2) == 0 {
		return zero
	}
	return draw(r)
}

func auctionBooking(id string, r *rand.Rand, from, to time.Time) any {
	b := fcfsBooking(id, r, from, to).(booking)
	b.ID, b.Auction = "A"+id, strconv.Itoa(r.IntN(1e6))
	b.Surcharge = some(r, tariff)
	return b
}

func fcfsBooking(id string, r *rand.Rand, from, to time.Time) any {
	return booking{
		ID: "F" + id, Point: one(r, points), Direction: one(r, directions), Product: one(r, products), Start: from, End: to,
		Quantity: quantity(r), Unit: "kWh/h", Tariff: tariff(r), Currency: "EUR",
	}
}

func secondaryTrade(id string, r *rand.Rand, from, _ time.Time) any {
	return trade{ID: "T" + id, Point: one(r, points), Confirmed: from, Quantity: quantity(r), Price: some(r, tariff)}
}

// auctionDate is in the calendar until the auction starts.
func auctionDate(id string, r *rand.Rand, _, to time.Time) any {
	return date{
		ID: id, Point: one(r, points), Product: one(r, products), Start: to, Offered: some(r, quantity),
		Tariff: tariff(r), StepSize: some(r, tariff),
	}
}
