// Package kinds tells the sources of users apart by names that only they have.
package kinds
