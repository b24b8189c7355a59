using Bunit;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Tests.Shared;

public class StateTests : BunitContext
{
    private static readonly DateTimeOffset s_read = new(2026, 2, 12, 10, 0, 0, TimeSpan.Zero);

    private readonly DatabaseState _database = new(new BusinessClock(new StoppedClock(s_read.AddMinutes(5))));

    public StateTests() => Services.AddSingleton(_database);

    [Fact]
    public void Live_figures_can_be_paused_and_their_age_is_the_browsers_to_count()
    {
        var paused = false;
        var mark = Render<LiveMark>(parameters => parameters
            .Add(live => live.UpdatedAt, s_read)
            .Add(live => live.PausedChanged, asked => paused = asked));
        Assert.NotNull(mark.Find("[data-age-of]"));

        mark.Find("button").Click();
        Assert.True(paused);

        mark.Render(parameters => parameters.Add(live => live.Paused, true));
        Assert.Empty(mark.FindAll("[data-age-of]"));
        Assert.Equal("true", mark.Find("button").GetAttribute("aria-pressed"));
        Assert.Contains("Paused.", mark.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Figures_that_lag_say_until_when_they_are_whole()
    {
        var mark = Render<LiveMark>(parameters => parameters
            .Add(live => live.UpdatedAt, s_read));
        Assert.NotNull(mark.Find("[data-age-of]"));

        _database.Lose("It does not answer.");
        mark.WaitForAssertion(() => Assert.Contains("Figures up to 10:05 UTC", mark.Markup, StringComparison.Ordinal));
        Assert.Empty(mark.FindAll("[data-age-of]"));

        _database.Return();
        mark.WaitForAssertion(() => Assert.NotNull(mark.Find("[data-age-of]")));
    }

    [Fact]
    public void Loading_is_announced_and_takes_the_room_of_what_will_come()
    {
        var loading = Render<LoadingState>(parameters => parameters
            .Add(state => state.Label, "Loading invoices…").Add(state => state.Lines, 3).Add(state => state.Height, 240));

        Assert.Equal("Loading invoices…", loading.Find("[role=status]").TextContent.Trim());
        Assert.Equal("min-height:240px", loading.Find("[role=status]").GetAttribute("style"));
        Assert.Equal(3, loading.FindAll("[aria-hidden=true]").Count);
    }

    [Fact]
    public async Task What_failed_can_be_tried_again_once_at_a_time()
    {
        var gate = new TaskCompletionSource();
        var failed = Render<FailedState>(parameters => parameters
            .Add(state => state.Message, "Invoices could not be loaded.")
            .Add(state => state.OnRetry, () => gate.Task));
        Assert.Contains("Invoices could not be loaded.", failed.Find("[role=alert]").TextContent, StringComparison.Ordinal);

        var retry = failed.Find("button").ClickAsync(new MouseEventArgs());
        Assert.True(failed.Find("button").HasAttribute("disabled"));

        gate.SetResult();
        await retry;
        Assert.False(failed.Find("button").HasAttribute("disabled"));
    }

    [Theory]
    [InlineData(Tone.Warn, "status")]
    [InlineData(Tone.Bad, "alert")]
    public void A_notice_interrupts_only_where_something_stopped(Tone tone, string role)
    {
        var notice = Render<Notice>(parameters => parameters
            .Add(state => state.Tone, tone).Add(state => state.Title, "82 % of your cap is used.").AddChildContent("Requests stop at $500.00."));

        Assert.Contains("82 % of your cap is used. Requests stop at $500.00.", notice.Find($"[role={role}]").TextContent.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_can_be_copied_and_is_gone_when_the_person_has_it()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        var done = false;
        var secret = Render<CopyOnce>(parameters => parameters
            .Add(once => once.Label, "The key 'Production'").Add(once => once.Secret, "ck_secret").Add(once => once.OnDone, () => done = true));

        Assert.Equal("ck_secret", secret.Find("input").GetAttribute("value"));
        Assert.Equal("ck_secret", secret.Find("[data-copy]").GetAttribute("data-copy"));
        secret.FindAll("button")[1].Click();
        Assert.True(done);
    }
}
