// Package environment declares the action of Clerk's Frontend API that tells pages what the instance
// is and has. Everything is derived from the rules of the instance and from what is served here;
// parts that are not served are switched off, so that no page shows them.
package environment
