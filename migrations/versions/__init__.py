"""One file a step; 0001 is the whole ledger as first published."""
