# generated from colcon_core/shell/template/command_prefix.sh.em
. "/work/main/install/ant_policy/share/ant_policy/package.sh"
. "/work/main/install/ant_sim/share/ant_sim/package.sh"
