// Package maintenance works on all users at once, outside of requests: it improves stored records,
// resets all security data, and moves names to another naming rule while they are copied ([Reclaim]).
package maintenance
