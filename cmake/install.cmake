include(GNUInstallDirs)
install(TARGETS mcp-planner RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES docs/mcp-planner.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
