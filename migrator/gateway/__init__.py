"""The meaning of one ai-gateway configuration and of what stands around it, in the old gateway's terms."""
