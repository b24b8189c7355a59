using System.Text.Json;
using Portal.Domain.Accounts;
using Portal.Domain.Values;

namespace Portal.Api.Accounts;

/// <summary>Reads a postal address out of a body.</summary>
internal static class AddressInput
{
    public static PostalAddress? Read(JsonElement address, string path, FieldErrors errors)
    {
        if (InputObject.Of(address, path, errors, "Give the address as an object, such as {\"line1\":\"Weg 1\",\"postalCode\":\"10115\",\"city\":\"Berlin\"}.") is not { } fields)
        {
            return null;
        }

        fields.RefuseOthers("an address", "line1", "line2", "postalCode", "city", "region", "country");
        return new PostalAddress(
            fields.OptionalText("line1"), fields.OptionalText("line2"), fields.OptionalText("postalCode"),
            fields.OptionalText("city"), fields.OptionalText("region"), fields.OptionalText("country"));
    }
}
