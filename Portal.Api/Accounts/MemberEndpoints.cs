using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Values;

namespace Portal.Api.Accounts;

/// <summary>A customer's people: <c>/v1/customers/{key}/members</c>, and links into the portal for people without an account.</summary>
public static class MemberEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapMembers(this IEndpointRouteBuilder app)
    {
        var members = app.MapGroup("/v1/customers/{customer}/members").WithTags("Members");
        members.MapPost("", Invite)
            .Needs(Permission.ManageTeam)
            .Takes("""{"email":"ada@acme.example","role":"owner"}""")
            .WithSummary("Invite a person by mail. In the sandbox a password may be given, and then no mail is sent.");
        members.MapGet("", List).Needs(Permission.ReadTeam).WithSummary("The customer's team.");
        members.MapPut("/{id:guid}", ChangeRole)
            .Needs(Permission.ManageTeam)
            .Takes("""{"role":"billing"}""")
            .WithSummary("Change what a member may do, from its next action on.");
        members.MapDelete("/{id:guid}", Remove).Needs(Permission.ManageTeam).WithSummary("Take a member out of the team, or withdraw an invitation.");

        app.MapPost("/v1/customers/{customer}/portal-session", Enter)
            .Needs(Permission.ManageTeam)
            .Takes("""{"role":"owner"}""")
            .WithTags("Members")
            .WithSummary("A link that opens the portal for this customer: once, within 10 minutes.");
    }

    private static async Task<Created<MemberResponse>> Invite(
        string customer, JsonElement body, HttpContext context, MemberWriter writer, CancellationToken cancellation)
    {
        var (email, role, password) = Input.Read(body, Invitation);
        var member = await writer.Invite(context.Actor(), customer, email, role, password, cancellation);
        return TypedResults.Created($"/v1/customers/{customer}/members/{member.UserId}", MemberResponse.Of(member));
    }

    private static async Task<Ok<Listing<MemberResponse>>> List(
        string customer, [AsParameters] ListQuery list, HttpContext context, MemberReader reader, CancellationToken cancellation)
    {
        var rows = await reader.List(context.Actor(), customer, list.AfterId, list.Take, cancellation);
        return TypedResults.Ok(list.Page(rows, member => member.UserId, MemberResponse.Of));
    }

    private static async Task<Ok<MemberResponse>> ChangeRole(
        string customer, Guid id, JsonElement body, HttpContext context, MemberWriter writer, CancellationToken cancellation) =>
        TypedResults.Ok(MemberResponse.Of(await writer.ChangeRole(context.Actor(), customer, id, Input.Read(body, Role), cancellation)));

    private static async Task<NoContent> Remove(string customer, Guid id, HttpContext context, MemberWriter writer, CancellationToken cancellation)
    {
        await writer.Remove(context.Actor(), customer, id, cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<Created<PortalSessionResponse>> Enter(
        string customer, JsonElement? body, HttpContext context, PortalSessionWriter writer, CancellationToken cancellation)
    {
        var role = Input.ReadOptional(body, MemberRole.Owner, OptionalRole);
        var link = await writer.Create(context.Actor(), customer, role, cancellation);
        return TypedResults.Created((string?)null, new PortalSessionResponse(link.Url, link.ExpiresAt));
    }

    private static (string Email, MemberRole Role, string? Password) Invitation(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("an invitation", "email", "role", "password");
        return (body.Text("email", "Give the person's e-mail address."), body.Word<MemberRole>("role"), body.OptionalText("password"));
    }

    private static MemberRole Role(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a role", "role");
        return body.Word<MemberRole>("role");
    }

    private static MemberRole OptionalRole(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a portal session", "role");
        return body.OptionalWord<MemberRole>("role") ?? MemberRole.Owner;
    }
}

/// <summary>Whether a person has accepted.</summary>
public enum MemberStatus
{
    /// <summary>Invited, and has no password yet.</summary>
    Invited,

    /// <summary>Can sign in.</summary>
    Active,
}

/// <summary>A member as it is answered.</summary>
public sealed record MemberResponse(Guid Id, string Email, MemberRole Role, MemberStatus Status, DateTimeOffset InvitedAt)
{
    internal static MemberResponse Of(Membership member) => new(
        member.UserId, member.User.Email!, member.Role, member.User.PasswordHash is null ? MemberStatus.Invited : MemberStatus.Active, member.InvitedAt);
}

/// <summary>A link into the portal.</summary>
/// <param name="Url">The address, which works once.</param>
/// <param name="ExpiresAt">Until when.</param>
public sealed record PortalSessionResponse(string Url, DateTimeOffset ExpiresAt);
