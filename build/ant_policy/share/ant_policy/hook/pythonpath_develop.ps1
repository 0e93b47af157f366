# generated from colcon_powershell/shell/template/hook_prepend_value.ps1.em

colcon_prepend_unique_value PYTHONPATH "$env:COLCON_CURRENT_PREFIX//work/main/build/ant_policy"
