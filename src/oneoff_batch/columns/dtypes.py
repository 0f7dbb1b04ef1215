"""How text, days and yes-or-no are typed in every frame."""

import numpy as np
import pandas as pd
import pyarrow

TEXT = pd.StringDtype("pyarrow", na_value=np.nan)
DATE = pd.ArrowDtype(pyarrow.date32())
FLAG = pd.ArrowDtype(pyarrow.bool_())
