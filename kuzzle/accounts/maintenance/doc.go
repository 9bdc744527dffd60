// Package maintenance is what is done to all users at once, beside requests: records are
// improved where they lie, all security data is reset, and names are brought under
// another rule ([Reclaim]).
package maintenance
