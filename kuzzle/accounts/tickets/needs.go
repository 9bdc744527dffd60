package tickets

// Need says whether newcomers have a part: they cannot, they can or they have to.
type Need string

// The needs; "" is On.
const (
	Off      Need = "off"
	On       Need = "on"
	Required Need = "required"
)

// Needs are what an instance asks of newcomers, of what they can give.
type Needs struct {
	Password, Username, FirstName, LastName Need
	// Consent has newcomers accept the terms.
	Consent bool
	// LetLeaked lets passwords be such that are known to have leaked.
	LetLeaked bool
}
