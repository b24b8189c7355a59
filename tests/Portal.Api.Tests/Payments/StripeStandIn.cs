using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Portal.Api.Tests.Payments;

/// <summary>What can go wrong with a charge at Stripe.</summary>
public enum StripeFault
{
    /// <summary>The card is charged, and no answer comes.</summary>
    TimeoutAfterCharge,

    /// <summary>The card is charged, and the answer is an error; under the same key the same error comes again.</summary>
    ChargedThenError,

    /// <summary>An error before anything was done.</summary>
    ServerError,

    /// <summary>Too many requests.</summary>
    RateLimited,

    /// <summary>The key is in use by another request.</summary>
    KeyInUse,
}

/// <summary>Plays Stripe on the loopback: it keeps customers, pages, charges and refunds, answers in Stripe's shapes, charges once under a key, and fails when told to.</summary>
internal sealed class StripeStandIn : IAsyncDisposable
{
    public const string SecretKey = "sk_test_stand_in";
    private readonly WebApplication _app;
    private readonly Lock _access = new();
    private readonly List<JsonObject> _intents = [];
    private readonly List<JsonObject> _refunds = [];
    private readonly Dictionary<string, JsonObject> _sessions = [];
    private readonly Dictionary<string, string> _cards = [];
    private readonly ConcurrentDictionary<string, (int Status, JsonObject Body)> _answers = new();
    private int _made;

    private StripeStandIn(WebApplication app) => _app = app;

    /// <summary>Faults of the next charges, one each.</summary>
    public ConcurrentQueue<StripeFault> Faults { get; } = new();

    /// <summary>Every request's form, as it came.</summary>
    public ConcurrentQueue<string> Heard { get; } = new();

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>The charges of an invoice that moved money.</summary>
    public IReadOnlyList<JsonObject> Charged(string reference)
    {
        lock (_access)
        {
            return [.. _intents.Where(intent => (string?)intent["metadata"]!["invoice"] == reference && (string?)intent["status"] == "succeeded")];
        }
    }

    public static async Task<StripeStandIn> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://{IPAddress.Loopback}:0");
        var app = builder.Build();
        var stripe = new StripeStandIn(app);
        app.Use(stripe.Check);
        app.MapPost("/v1/customers", stripe.MakeCustomer);
        app.MapPost("/v1/checkout/sessions", stripe.OpenPage);
        app.MapGet("/v1/checkout/sessions/{id}", (string id) => stripe._sessions[id]);
        app.MapPost("/v1/payment_intents", stripe.Charge);
        app.MapPost("/v1/payment_intents/{id}/cancel", stripe.Cancel);
        app.MapGet("/v1/payment_intents", (string? customer, int limit, string? starting_after) =>
            stripe.Page(stripe._intents, intent => customer is null || (string?)intent["customer"] == customer, limit, starting_after));
        app.MapPost("/v1/refunds", stripe.Refund);
        app.MapGet("/v1/refunds", (string payment_intent, int limit, string? starting_after) =>
            stripe.Page(stripe._refunds, refund => (string?)refund["payment_intent"] == payment_intent, limit, starting_after));
        await app.StartAsync();
        return stripe;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    /// <summary>Somebody types a card on a page.</summary>
    /// <param name="session">The page.</param>
    /// <param name="behaviour">succeeded, requires_action, or a decline code.</param>
    /// <param name="last4">The card's last digits.</param>
    public void TypeCard(string session, string behaviour, string last4)
    {
        lock (_access)
        {
            var method = StripeObjects.Of("payment_method", new JsonObject
            {
                ["id"] = Id("pm"), ["customer"] = (string?)_sessions[session]["customer"],
                ["card"] = new JsonObject { ["brand"] = "visa", ["last4"] = last4, ["exp_month"] = 8, ["exp_year"] = 2030 },
            });
            _cards[(string)method["id"]!] = behaviour;
            var setup = StripeObjects.Of("setup_intent", new JsonObject { ["id"] = Id("seti"), ["status"] = "succeeded" });
            setup["payment_method"] = method;
            (_sessions[session]["status"], _sessions[session]["setup_intent"]) = ("complete", setup);
        }
    }

    private async Task Check(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Headers.Authorization != $"Bearer {SecretKey}")
        {
            await Answer(context, 401, StripeObjects.Error("invalid_request_error", null, null, "Invalid API Key provided."));
            return;
        }

        if (context.Request.HasFormContentType)
        {
            Heard.Enqueue(string.Join('&', (await context.Request.ReadFormAsync()).Select(field => $"{field.Key}={field.Value}")));
        }

        await next(context);
    }

    private async Task MakeCustomer(HttpContext context) =>
        await Answer(context, 200, StripeObjects.Of("customer", new JsonObject { ["id"] = Id("cus"), ["name"] = context.Request.Form["name"].ToString() }));

    private async Task OpenPage(HttpContext context)
    {
        var id = Id("cs_test");
        var session = StripeObjects.Of("checkout.session", new JsonObject
        {
            ["id"] = id, ["mode"] = context.Request.Form["mode"].ToString(), ["status"] = "open", ["customer"] = context.Request.Form["customer"].ToString(),
            ["url"] = $"https://checkout.stripe.com/c/pay/{id}", ["success_url"] = context.Request.Form["success_url"].ToString(), ["setup_intent"] = null,
        });
        lock (_access)
        {
            _sessions[id] = session;
        }

        await Answer(context, 200, session);
    }

    private async Task Charge(HttpContext context)
    {
        var key = context.Request.Headers["Idempotency-Key"].ToString();
        if (_answers.TryGetValue(key, out var known))
        {
            await Answer(context, known.Status, known.Body);
            return;
        }

        StripeFault? fault = Faults.TryDequeue(out var next) ? next : null;
        if (fault is StripeFault.ServerError or StripeFault.RateLimited or StripeFault.KeyInUse)
        {
            await Answer(context, fault switch { StripeFault.ServerError => 500, StripeFault.RateLimited => 429, _ => 409 },
                StripeObjects.Error(fault == StripeFault.KeyInUse ? "idempotency_error" : "api_error", null, null, "Something went wrong."));
            return;
        }

        var (status, body) = Make(context.Request.Form);
        if (fault == StripeFault.ChargedThenError)
        {
            (status, body) = (500, StripeObjects.Error("api_error", null, null, "An unknown error occurred."));
        }

        _answers[key] = (status, body);
        if (fault == StripeFault.TimeoutAfterCharge)
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return;
        }

        await Answer(context, status, body);
    }

    private (int Status, JsonObject Body) Make(IFormCollection form)
    {
        var (method, id) = (form["payment_method"].ToString(), Id("pi"));
        var behaviour = _cards.GetValueOrDefault(method, "resource_missing");
        var intent = StripeObjects.Of("payment_intent", new JsonObject
        {
            ["id"] = id, ["amount"] = long.Parse(form["amount"].ToString(), CultureInfo.InvariantCulture), ["currency"] = form["currency"].ToString(),
            ["customer"] = form["customer"].ToString(), ["payment_method"] = method, ["last_payment_error"] = null, ["next_action"] = null,
            ["status"] = behaviour is "succeeded" or "requires_action" ? behaviour : "requires_payment_method",
            ["created"] = 1_772_000_000,
            ["metadata"] = new JsonObject { ["key"] = form["metadata[key]"].ToString(), ["invoice"] = form["metadata[invoice]"].ToString() },
        });
        if (behaviour == "resource_missing")
        {
            return (400, StripeObjects.Error("invalid_request_error", "resource_missing", null, $"No such PaymentMethod: '{method}'"));
        }

        lock (_access)
        {
            _intents.Insert(0, intent);
        }

        if (behaviour is "succeeded" or "requires_action")
        {
            return (200, intent);
        }

        var (code, declined) = behaviour == "authentication_required" ? (behaviour, behaviour) : ("card_declined", behaviour);
        intent["last_payment_error"] = StripeObjects.Error("card_error", code, declined, "Your card was declined.")["error"]!.DeepClone();
        var error = StripeObjects.Error("card_error", code, declined, "Your card was declined.");
        error["error"]!["payment_intent"] = intent.DeepClone();
        return (402, error);
    }

    private async Task Cancel(HttpContext context, string id)
    {
        JsonObject intent;
        lock (_access)
        {
            intent = _intents.Single(known => (string?)known["id"] == id);
            intent["status"] = "canceled";
        }

        await Answer(context, 200, intent);
    }

    private async Task Refund(HttpContext context)
    {
        var (form, key) = (context.Request.Form, context.Request.Headers["Idempotency-Key"].ToString());
        if (!_answers.TryGetValue(key, out var answer))
        {
            var (charge, amount) = (form["payment_intent"].ToString(), long.Parse(form["amount"].ToString(), CultureInfo.InvariantCulture));
            lock (_access)
            {
                var taken = (long?)_intents.FirstOrDefault(intent => (string?)intent["id"] == charge)?["amount"] ?? 0;
                var back = _refunds.Where(refund => (string?)refund["payment_intent"] == charge).Sum(refund => (long)refund["amount"]!);
                var made = StripeObjects.Of("refund", new JsonObject
                {
                    ["id"] = Id("re"), ["payment_intent"] = charge, ["amount"] = amount, ["status"] = "succeeded", ["metadata"] = new JsonObject { ["key"] = form["metadata[key]"].ToString() },
                });
                answer = back + amount > taken
                    ? (400, StripeObjects.Error("invalid_request_error", "charge_already_refunded", null, "Refund amount is greater than unrefunded amount on charge."))
                    : (200, made);
                if (answer.Status == 200)
                {
                    _refunds.Insert(0, made);
                }
            }

            _answers[key] = answer;
        }

        await Answer(context, answer.Status, answer.Body);
    }

    // Pages of two, so that whoever reads the first alone is found out.
    private JsonObject Page(List<JsonObject> rows, Func<JsonObject, bool> belongs, int limit, string? after)
    {
        lock (_access)
        {
            var left = rows.Where(belongs).SkipWhile(row => after is not null && (string?)row["id"] != after).Skip(after is null ? 0 : 1).ToList();
            return new JsonObject
            {
                ["object"] = "list", ["has_more"] = left.Count > Math.Min(limit, 2), ["data"] = new JsonArray([.. left.Take(Math.Min(limit, 2)).Select(row => row.DeepClone())]),
            };
        }
    }

    private string Id(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}_{Interlocked.Increment(ref _made):D8}");

    private static async Task Answer(HttpContext context, int status, JsonObject body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body.ToJsonString());
    }
}
