//! Staff who signed in at Cloudflare Access, which stands in front of the desk then: its token takes the place of a session of
//! ours. Whoever it vouches for still has to be in `STAFF`.

use crate::app::App;
use crate::contract::Recipient;
use crate::domain::staff::Member;
use crate::failure::Failure;
use crate::http::Request;
use crate::log::Event;
use crate::ports::{Call, Ports, Unavailable};
use crate::signature::access::{self, Access, HEADER, KEYS, Refused};
use crate::store;

/// Who of the staff a request comes from, by the token of Access.
pub(super) async fn member<'app, World: Ports>(
    app: &'app App<World>,
    request: &Request,
) -> Result<Option<&'app Member>, Failure> {
    let Some((access, token)) = app.config.access.as_ref().zip(request.headers.get(HEADER)) else { return Ok(None) };
    let email = match verified(app, access, token).await? {
        Ok(email) => email.normalised(),
        Err(refused) => {
            app.world.log(&Event::AccessRefused { why: refused });
            return Ok(None);
        }
    };
    Ok(app.config.staff.iter().find(|member| member.email.normalised() == email))
}

type Verified = Result<crate::domain::id::Email, Refused>;

/// A key that is not known may be newer than those kept: Access changes them every few weeks. Somebody without a token of the
/// team cannot make us ask, but for the name of a key.
async fn verified<World: Ports>(app: &App<World>, access: &Access, token: &str) -> Result<Verified, Unavailable> {
    let address = format!("{}{KEYS}", access.team);
    if let Some(known) = store::certificate(&app.world, &address).await? {
        let verified = access::verify(token, known.pem.as_bytes(), access, app.now());
        if verified != Err(Refused::UnknownKey) || !app.allows("keys of access", "").await {
            return Ok(verified);
        }
    }
    let answer = app.world.call(Call::get(&app.config, Recipient::Hosting, KEYS)?).await?;
    if answer.status != 200 {
        return Err(Unavailable { what: "access", why: format!("answered {}", answer.status) });
    }
    let verified = access::verify(token, &answer.body, access, app.now());
    if verified.is_ok() {
        store::keep_certificate(&app.world, &address, &answer.body).await?;
    }
    Ok(verified)
}
