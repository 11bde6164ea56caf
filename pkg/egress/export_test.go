package egress

// Allowed holds an address against the list.
func Allowed(hosts Hosts, address string) bool {
	_, _, err := New(Options{Hosts: hosts}).Run().judge(address)
	return err == nil
}
