"""English words that hold sentences together and say little about what is asked, however rare they are.

The stop words of the Glasgow Information Retrieval Group, as scikit-learn brings them (BSD-3-Clause), without those
that tell something here (negations and question words: "cannot pay" is not "pay"), and with greetings.
"""

_TEXT = """
a about above across after afterwards again against all almost alone along already also although always am among
amongst amoungst amount an and another any anyhow anyone anything anyway anywhere are around as at be became because
become becomes becoming been before beforehand behind being below beside besides between beyond both but by can co
con could couldnt cry de describe detail do done down due during each eg eight either eleven else elsewhere enough
etc even ever every everyone everything everywhere except few fifteen fifty fire first five for former formerly
forty four from further get give go had has hasnt have he hello hence her here hereafter hereby herein hereupon hers
herself hi him himself his however hundred i ie if in inc indeed into is it its itself keep last latter latterly
least less ltd made may me meanwhile might mill mine more moreover most mostly must my myself namely neither
nevertheless next nine nobody none noone nor nothing now nowhere of off often on once one only onto or other others
otherwise our ours ourselves out over own per perhaps please put rather re same see seem seemed seeming seems
several she should side since six sixty so some somehow someone something sometime sometimes somewhere still such
take ten than thanks that the their them themselves then thence there thereafter thereby therefore therein thereupon
these they thick thin third this those though three through throughout thru thus to together too toward towards
twelve twenty two un under until up upon us very via was we well were what whatever whence whenever whereafter
whereas whereby wherein whereupon wherever whether which while whither whoever whole whom whose will with within
would yet you your yours yourself yourselves
"""
GLUE_WORDS = frozenset(_TEXT.split())
