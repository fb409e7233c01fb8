"""Files of weights and what computes with them: recognisers of speech, behind one seam."""
