typedef int gs_nothing;
