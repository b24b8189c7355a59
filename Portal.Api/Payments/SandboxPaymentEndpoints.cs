using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Payments;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Payments;

/// <summary>Faults of the sandbox's card processor: <c>/v1/sandbox/payment-faults</c>. Outside the sandbox there is nothing at this address.</summary>
public static class SandboxPaymentEndpoints
{
    private const int TimesMax = 1_000;

    /// <summary>Maps the endpoint, where this is a sandbox.</summary>
    public static void MapSandboxPayments(this IEndpointRouteBuilder app)
    {
        if (app.ServiceProvider.GetRequiredService<PortalOptions>().Sandbox == true)
        {
            app.MapPost("/v1/sandbox/payment-faults", Order).WithTags("Sandbox")
                .Needs(Permission.ManageOperations)
                .Takes("""{"fault":"timeout_after_charge","times":1}""")
                .WithSummary("Have the next charges go wrong: no answer although the card was charged, an error, messages that come twice, late or out of order.");
        }
    }

    private static Ok<FaultResponse> Order(JsonElement body, HttpContext context, SandboxFaults faults)
    {
        context.Actor().Require(Permission.ManageOperations);
        var order = Input.Read(body, Fault);
        faults.Order(order.Fault, order.Times);
        return TypedResults.Ok(order);
    }

    private static FaultResponse Fault(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a fault", "fault", "times");
        var order = new FaultResponse(body.Word<SandboxFault>("fault"), body.OptionalWhole("times") ?? 1);
        if (order.Times is < 0 or > TimesMax)
        {
            body.Refuse("times", $"Give how many of the next charges it happens to: a whole number from 0 to {TimesMax}.");
        }

        return order;
    }
}

/// <summary>A fault that is ordered.</summary>
/// <param name="Fault">Which.</param>
/// <param name="Times">For how many charges.</param>
public sealed record FaultResponse(SandboxFault Fault, int Times);
