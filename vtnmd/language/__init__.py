"""What an editor wants to know of TOSCA files, as functions of documents and positions: no files, no protocol, no state."""
