"""Traffic Policy as data: phases, rules, actions, and the accounting of every leaf."""
