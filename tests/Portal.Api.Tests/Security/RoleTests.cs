using System.Runtime.CompilerServices;
using Portal.Domain.Accounts;

namespace Portal.Api.Tests.Security;

/// <summary>T-51: each role and scope against each permission is what docs/roles.md says.</summary>
public sealed class RoleTests
{
    private static readonly Dictionary<string, string[]> s_table = Read();

    private static readonly (string Column, Actor Actor)[] s_people =
    [
        ("Admin", Actor.OfOperator("a", OperatorRole.Admin)),
        ("Finance", Actor.OfOperator("f", OperatorRole.Finance)),
        ("Support", Actor.OfOperator("s", OperatorRole.Support)),
        ("Owner", Actor.OfMember("o", 1, MemberRole.Owner)),
        ("Billing", Actor.OfMember("b", 1, MemberRole.Billing)),
        ("Developer", Actor.OfMember("d", 1, MemberRole.Developer)),
        ("Viewer", Actor.OfMember("v", 1, MemberRole.Viewer)),
    ];

    [Fact]
    public void The_table_has_every_permission_and_no_other() =>
        Assert.Equal(Enum.GetNames<Permission>().Order(), s_table.Keys.Where(key => key != "permission").Order());

    [Fact]
    public void Each_role_may_what_the_table_says()
    {
        foreach (var permission in Enum.GetValues<Permission>())
        {
            foreach (var (column, actor) in s_people)
            {
                Assert.True(actor.May(permission) == (Cell(permission, column) == "yes"), $"{column} and {permission}: the table says '{Cell(permission, column)}'.");
            }
        }
    }

    [Fact]
    public void Each_scope_may_what_the_table_says_for_the_operators_keys_and_for_customers_keys()
    {
        foreach (var permission in Enum.GetValues<Permission>())
        {
            foreach (var scope in Enum.GetValues<Scopes>().Where(scope => scope is not (Scopes.None or Scopes.Admin)))
            {
                var isNamed = Cell(permission, "a key's scope").Contains($"`{scope.ToNames()[0]}`", StringComparison.Ordinal);
                Assert.True(Key(scope, null).May(permission) == isNamed, $"{scope} and {permission} for the operator");
                Assert.True(
                    Gate.IsOperatorsOwn(scope) || Key(scope, 1).May(permission) == (isNamed && Cell(permission, "customer's key") == "yes"), $"{scope} and {permission} for a customer");
            }

            Assert.True(Key(Scopes.Admin, null).May(permission));
        }
    }

    [Fact]
    public void A_customers_key_never_has_the_operators_powers_even_if_it_had_the_scope()
    {
        var key = Key(Scopes.Admin, 1);

        Assert.All(
            Enum.GetValues<Permission>().Where(permission => Cell(permission, "Owner") == "–"),
            permission => Assert.False(key.May(permission), $"{permission}"));
    }

    private static Actor Key(Scopes scopes, int? customerId) => new("key", customerId, scopes, null, null);

    private static string Cell(Permission permission, string column) => s_table[permission.ToString()][Array.IndexOf(s_table["permission"], column)];

    private static Dictionary<string, string[]> Read([CallerFilePath] string here = "") =>
        File.ReadLines(Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/roles.md"))
            .Where(line => line.StartsWith('|') && !line.StartsWith("| ---", StringComparison.Ordinal))
            .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))
            .ToDictionary(cells => cells[0].Trim('`'), StringComparer.Ordinal);
}
