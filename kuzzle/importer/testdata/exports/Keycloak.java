import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.*;
import java.util.*;
import org.keycloak.representations.idm.*;

/** Writes users by Keycloak's own classes; programs.py runs it, with twenty digests on standard input. */
public class Keycloak {
  public static void main(String[] args) throws Exception {
    ObjectMapper json = new ObjectMapper();
    json.setSerializationInclusion(JsonInclude.Include.NON_NULL);
    json.enable(SerializationFeature.INDENT_OUTPUT);
    JsonNode digests = json.readTree(System.in);
    String kind = args[0];
    List<UserRepresentation> users = new ArrayList<>();
    for (int n = 0; n < Integer.parseInt(args[1]); n++) {
      JsonNode d = digests.get(n % digests.size());
      UserRepresentation u = new UserRepresentation();
      u.setId(new UUID(0x6a1f0f0e00004000L, 0x8000000000000000L + n).toString());
      u.setCreatedTimestamp(1609459200000L + n);
      u.setUsername("user" + n);
      u.setEmail("user" + n + "@example.com");
      u.setEmailVerified(true);
      u.setEnabled(true);
      u.setTotp(false);
      u.setFirstName("Zoë");
      u.setLastName(d.get("name").asText());
      u.setAttributes(Map.of("locale", List.of("fr")));
      u.setDisableableCredentialTypes(Set.of());
      u.setRequiredActions(List.of());
      if (!kind.equals("api")) {
        u.setRealmRoles(List.of("default-roles-demo"));
        u.setGroups(List.of());
        u.setNotBefore(0);
        u.setCredentials(List.of(credential(json, kind, d)));
      }
      users.add(u);
    }
    if (kind.equals("api")) {
      System.out.println(json.writeValueAsString(users.subList(0, users.size() / 2)));
      System.out.println(json.writeValueAsString(users.subList(users.size() / 2, users.size())));
      return;
    }
    RealmRepresentation realm = new RealmRepresentation();
    realm.setRealm("demo");
    realm.setUsers(users);
    if (kind.equals("realm")) {
      realm.setId("demo");
      realm.setEnabled(true);
      ClientRepresentation client = new ClientRepresentation();
      client.setClientId("account");
      realm.setClients(List.of(client));
    }
    System.out.println(json.writeValueAsString(realm));
  }

  static CredentialRepresentation credential(ObjectMapper json, String kind, JsonNode d) throws Exception {
    CredentialRepresentation c = new CredentialRepresentation();
    c.setType("password");
    c.setCreatedDate(1609459200000L);
    String salt = d.get("salt").asText(), secret, data;
    switch (kind) {
      case "bcrypt":
        secret = json.writeValueAsString(Map.of("value", d.get("bcrypt").asText(), "salt", "", "additionalParameters", Map.of()));
        data = json.writeValueAsString(Map.of("hashIterations", 4, "algorithm", "bcrypt", "additionalParameters", Map.of()));
        break;
      case "argon2":
        secret = json.writeValueAsString(Map.of("value", d.get("argon2").asText(), "salt", salt, "additionalParameters", Map.of()));
        data = json.writeValueAsString(Map.of("hashIterations", 1, "algorithm", "argon2", "additionalParameters",
            Map.of("hashLength", List.of("32"), "memory", List.of("64"), "type", List.of("id"), "version", List.of("1.3"), "parallelism", List.of("1"))));
        break;
      default:
        secret = json.writeValueAsString(Map.of("value", d.get("key").asText(), "salt", salt, "additionalParameters", Map.of()));
        data = json.writeValueAsString(Map.of("hashIterations", 1000, "algorithm", "pbkdf2-sha256", "additionalParameters", Map.of()));
    }
    c.setSecretData(secret);
    c.setCredentialData(data);
    // old: c.setHashedSaltedValue(d.get("key").asText()); c.setSalt(salt); c.setHashIterations(1000); c.setAlgorithm("pbkdf2-sha256"); c.setCounter(0); c.setDigits(0); c.setPeriod(0);
    return c;
  }
}
