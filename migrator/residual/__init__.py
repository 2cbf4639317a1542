"""What stays behind: the text of a file without the retired action.

The action's lines are cut out of the text, so comments, order, quoting and line ends of all the
rest stay as they are. The result is read again and compared with the tree the rest must have;
where cutting did not lead there, that document is written anew from the tree. So whatever comes
out says what the file said, less the action:

========================  ====================================================================
``plan``                  which nodes go, in terms of the tree
``cut``, ``flow``         the same in terms of the text: edits
``strings``               policies that the file holds as strings
``emit``                  a document written anew
``pruned``                edits → text, compared with the tree; the way back when they differ
``termination``           where the requests go that the action answered
========================  ====================================================================

Credentials are masked in what comes in and have placeholders in what goes out.
"""
