import sys
if sys.prefix == '/work/main/.venv':
    sys.real_prefix = sys.prefix
    sys.prefix = sys.exec_prefix = '/work/main/install/ant_bringup'
