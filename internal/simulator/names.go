package simulator

import "fmt"

// A place is a Prisma Access location and where it runs.
type place struct {
	name     string
	region   string
	provider string
	city     string
	country  string
	// east is the hours that its clocks are ahead of UTC.
	east float64
}

// places are real location names; the first ones are those of small worlds.
var places = []place{
	{"US East", "us-east4", "gcp", "New York", "United States", -5},
	{"Germany Central", "europe-west3", "gcp", "Frankfurt", "Germany", 1},
	{"Japan Central", "asia-northeast1", "gcp", "Tokyo", "Japan", 9},
	{"US Northwest", "us-west1", "gcp", "Seattle", "United States", -8},
	{"UK", "europe-west2", "gcp", "London", "United Kingdom", 0},
	{"Singapore", "asia-southeast1", "gcp", "Singapore", "Singapore", 8},
	{"US Central", "us-central1", "gcp", "Chicago", "United States", -6},
	{"France North", "eu-west-3", "aws", "Paris", "France", 1},
	{"Brazil South", "southamerica-east1", "gcp", "São Paulo", "Brazil", -3},
	{"Australia Southeast", "australia-southeast1", "gcp", "Sydney", "Australia", 10},
	{"India West", "asia-south1", "gcp", "Mumbai", "India", 5.5},
	{"Canada East", "northamerica-northeast1", "gcp", "Montréal", "Canada", -5},
	{"Switzerland", "europe-west6", "gcp", "Zürich", "Switzerland", 1},
	{"US West", "us-west2", "gcp", "Los Angeles", "United States", -8},
	{"Netherlands Central", "europe-west4", "gcp", "Amsterdam", "Netherlands", 1},
	{"US Southeast", "us-east1", "gcp", "Atlanta", "United States", -5},
	{"Hong Kong", "asia-east2", "gcp", "Hong Kong", "Hong Kong", 8},
	{"Ireland", "eu-west-1", "aws", "Dublin", "Ireland", 0},
	{"South Africa West", "af-south-1", "aws", "Cape Town", "South Africa", 2},
	{"Sweden", "eu-north-1", "aws", "Stockholm", "Sweden", 1},
	{"South Korea", "asia-northeast3", "gcp", "Seoul", "South Korea", 9},
	{"Italy", "eu-south-1", "aws", "Milano", "Italy", 1},
	{"Spain Central", "europe-southwest1", "gcp", "Madrid", "Spain", 1},
	{"Poland", "europe-central2", "gcp", "Warszawa", "Poland", 1},
	{"US South", "us-south1", "gcp", "Dallas", "United States", -6},
	{"Mexico Central", "us-south1", "gcp", "Ciudad de México", "Mexico", -6},
	{"Japan South", "asia-northeast2", "gcp", "Osaka", "Japan", 9},
	{"Taiwan", "asia-east1", "gcp", "Taipei", "Taiwan", 8},
	{"Israel", "me-west1", "gcp", "Tel Aviv", "Israel", 2},
	{"UAE", "me-south-1", "aws", "Dubai", "United Arab Emirates", 4},
	{"Finland", "europe-north1", "gcp", "Helsinki", "Finland", 2},
	{"Indonesia", "asia-southeast2", "gcp", "Jakarta", "Indonesia", 7},
	{"Chile", "southamerica-west1", "gcp", "Santiago", "Chile", -4},
	{"India North", "asia-south2", "gcp", "Delhi", "India", 5.5},
	{"Belgium", "europe-west1", "gcp", "Bruxelles", "Belgium", 1},
	{"Australia South", "australia-southeast2", "gcp", "Melbourne", "Australia", 10},
}

// placeOf is the i-th place; worlds with more locations than there are names number them on.
func placeOf(i int) place {
	p := places[i%len(places)]
	if round := i / len(places); round > 0 {
		p.name = fmt.Sprintf("%s %d", p.name, round+1)
	}
	return p
}

// awkwardSites are names that real administrators type and that naive code breaks on. They replace every sixth name.
var awkwardSites = []string{
	"Zürich Bahnhofstraße",
	`Lab "North" 2`,
	`corp\emea\lyon`,
	"  Old Town Store ",
	"東京-支店-03",
	"São Paulo (Matriz), 1º andar",
	"a{b=\"c\"} 100%",
}

var branchKinds = []string{"branch", "store", "plant", "office", "warehouse", "clinic"}

// siteName is the i-th remote network's name, which no other site has.
func siteName(seed uint64, i int, p place) string {
	if i%6 == 3 && i/6 < len(awkwardSites) {
		return awkwardSites[i/6]
	}
	return fmt.Sprintf("%s-%s-%02d", branchKinds[pick(len(branchKinds), forSite, seed, uint64(i))], slug(p.city), i+1)
}

// plainLetters are those of cities that are not plain.
var plainLetters = map[rune][]rune{'ã': {'a'}, 'é': {'e'}, 'ü': {'u', 'e'}}

// slug makes a name of a place fit for a tunnel.
func slug(city string) string {
	out := make([]rune, 0, len(city))
	for _, r := range city {
		switch {
		case r >= 'A' && r <= 'Z':
			out = append(out, r-'A'+'a')
		case r >= 'a' && r <= 'z':
			out = append(out, r)
		case r == ' ':
			out = append(out, '-')
		default:
			out = append(out, plainLetters[r]...)
		}
	}
	return string(out)
}

var (
	firstNames = []string{"anna", "ben", "chloe", "david", "elif", "farid", "grace", "hiro", "ines", "jonas", "kavya", "liam", "mei", "noah", "olga", "pablo"}
	lastNames  = []string{"alvarez", "becker", "chen", "dubois", "eriksson", "fischer", "gupta", "haddad", "ito", "jansen", "kim", "lopez", "moreau", "novak", "obrien", "silva"}
)

func userName(seed uint64, i int) string {
	first := firstNames[pick(len(firstNames), forUser, seed, uint64(i), 1)]
	last := lastNames[pick(len(lastNames), forUser, seed, uint64(i), 2)]
	return fmt.Sprintf("%s.%s%d@example.com", first, last, i+1)
}

// address is a public-looking address from the ranges kept for documentation.
func address(parts ...uint64) string {
	nets := []string{"192.0.2", "198.51.100", "203.0.113"}
	h := mix(append([]uint64{forAddress}, parts...)...)
	return fmt.Sprintf("%s.%d", nets[h%3], 1+h/3%254)
}
