using Portal.Api.Hosting;
using Portal.Hosting;

namespace Portal;

/// <summary>The default host: pages, API and jobs in one process.</summary>
public static class PortalProgram
{
    /// <summary>Runs the host.</summary>
    public static Task<int> Main(string[] args) => PortalHost.Run(args, PortalPages.Add, PortalPages.Map);
}
