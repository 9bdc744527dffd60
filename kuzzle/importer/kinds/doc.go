// Package kinds detects the source system of users by column and member names that only it
// has.
package kinds
