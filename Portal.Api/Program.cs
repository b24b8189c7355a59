using Portal.Api.Hosting;

namespace Portal.Api;

/// <summary>The API alone, for scale-out beside the portal.</summary>
public static class ApiProgram
{
    /// <summary>Runs the host.</summary>
    public static Task<int> Main(string[] args) => PortalHost.Run(args);
}
