// Package refusals has those who listen to the domain, such as the audit log, told of
// requests that are refused for want of rights: in come the dispatcher's events, out goes
// one of the domain's for each caller and action in a second.
package refusals
